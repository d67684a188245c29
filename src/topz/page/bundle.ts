import { fileURLToPath } from 'node:url'

/**
 * The page's script and style, minified. Called as a macro, so it runs in the bundler and never in
 * the program; the bundler must not wait for itself, so a second one is started.
 */
export function bundlePage(): { script: string; style: string } {
  return { script: bundled('browser/page.tsx'), style: bundled('browser/page.css') }
}

function bundled(name: string): string {
  const entry = fileURLToPath(new URL(name, import.meta.url))
  const { stdout, stderr, exitCode } = Bun.spawnSync(
    [process.execPath, 'build', '--minify', '--target=browser', '--production', entry],
    { env: { ...process.env, NODE_ENV: 'production' } },
  )
  if (exitCode !== 0) throw new Error(`Cannot bundle ${name}: ${stderr.toString()}`)
  return stdout.toString()
}
