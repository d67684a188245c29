import { cleanEnvironment, type Environment } from '#test/fixtures/environment.ts'
import { temporaryFolder } from '#test/fixtures/temp.ts'

export interface Timed {
  /** From the start to the end of the process. */
  readonly wallMs: number
  /** User and system, with all that it waited for. */
  readonly cpuMs: number
  readonly writtenBytes: number
}

/** What getrusage(2) calls a block. */
const blockBytes = 512

/** Runs a program to its end. @throws With its last words when it fails. */
export async function timed(
  command: readonly string[],
  { env = {}, cwd = '/' }: { readonly env?: Environment; readonly cwd?: string } = {},
): Promise<Timed> {
  await using folder = temporaryFolder('timed')
  // a file, not a pipe: reading along would be work within the time
  const words = Bun.file(folder.at('words'))
  const startedMs = performance.now()
  const child = Bun.spawn([...command], {
    env: cleanEnvironment({ HOME: folder.path, ...env }),
    cwd,
    stdin: 'ignore',
    stdout: 'ignore',
    stderr: words,
  })
  const code = await child.exited
  const wallMs = performance.now() - startedMs
  if (code !== 0) {
    const said = (await words.text()).trim().split('\n').at(-1)
    throw new Error(`Cannot measure ${command.join(' ')}: exit ${code}: ${said}`)
  }
  const used = child.resourceUsage()
  return {
    wallMs,
    cpuMs: Number(used?.cpuTime.total ?? 0) / 1000,
    writtenBytes: Number(used?.ops.out ?? 0) * blockBytes,
  }
}

/** What was written before is on the disk, so that no measurement pays for another. */
export async function flushed(folder: string): Promise<void> {
  await timed(['sync', '--file-system', folder])
}
