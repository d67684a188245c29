import { command } from '#kit/command.ts'

/** Runs git in a folder with no settings but those of the folder. @throws with what git said. */
export function gitIn(folder: string, ...args: readonly string[]): Promise<string> {
  return run(folder, ['git', ...args])
}

/** The same in a shell, for what git reads from a file. */
export function shellIn(folder: string, script: string): Promise<string> {
  return run(folder, ['sh', '-c', script])
}

async function run(cwd: string, argv: readonly string[]): Promise<string> {
  const env = {
    PATH: '/usr/local/bin:/usr/bin:/bin',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: '/dev/null',
  }
  const { code, stdout, stderr } = await command(argv, { env, cwd })
  if (code !== 0) throw new Error(`${argv.join(' ')}: ${stderr}`)
  return stdout
}
