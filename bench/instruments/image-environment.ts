import { readFileSync } from 'node:fs'
import { join } from 'node:path'

const containerfile = join(import.meta.dir, '../../deploy/Containerfile')

/** What the images set for the runtime: who measures a sidecar starts it as they do. */
export function imageEnvironment(): Readonly<Record<string, string>> {
  const text = readFileSync(containerfile, 'utf8')
  const found = [...text.matchAll(/^ENV .*?\b(BUN_\w+)=(\S+)/gm)]
  return Object.fromEntries(found.map(([, name = '', value = '']) => [name, value]))
}
