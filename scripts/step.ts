import { resolve } from 'node:path'
import { outputOf } from './program-output.ts'

export const root = resolve(import.meta.dir, '..')

export interface Step {
  readonly name: string
  readonly command: readonly string[]
}

export interface StepResult {
  readonly name: string
  readonly passed: boolean
  readonly elapsedMs: number
  /** Both outputs, as they came. */
  readonly output: string
}

/** A program of the packages that are installed here. */
export function tool(name: string): string {
  return resolve(root, 'node_modules/.bin', name)
}

/** Variables of an outer npm or git, or meant for a sidecar, would change what inner ones do. */
const notMeant = /^(npm_|GIT_|GITSYNC_|GIT_SYNC_|TOPZ_|FORCE_COLOR$)/

export function stepEnvironment(): Record<string, string> {
  const kept = Object.entries(process.env).filter(
    (entry): entry is [string, string] => entry[1] !== undefined && !notMeant.test(entry[0]),
  )
  return { ...Object.fromEntries(kept), NO_COLOR: '1' }
}

/** Runs a step to its end. */
export async function runStep({ name, command }: Step): Promise<StepResult> {
  const startMs = performance.now()
  const { code, stdout, stderr } = await outputOf(command, { cwd: root, env: stepEnvironment() })
  const elapsedMs = performance.now() - startMs
  return { name, passed: code === 0, elapsedMs, output: `${stdout}${stderr}`.trim() }
}

/** `  ok  types  1.2 s`, and what was said where it failed. */
export function resultLines({ name, passed, elapsedMs, output }: StepResult): string {
  const line = `${passed ? 'ok    ' : 'FAILED'}  ${name.padEnd(18)} ${(elapsedMs / 1000).toFixed(1)} s`
  return passed || output === '' ? line : `${line}\n${output.replaceAll(/^/gm, '        ')}`
}
