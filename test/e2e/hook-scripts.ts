import { readFile, writeFile } from 'node:fs/promises'
import type { Sidecar } from '#test/fixtures/sidecar.ts'
import type { TemporaryFolder } from '#test/fixtures/temp.ts'
import { until } from '#test/fixtures/until.ts'

/** What a test of hooks needs of a folder: new names, and executable scripts. */
export interface Scripts {
  /** A path that nothing stands at yet. */
  path(name: string): string
  /** An executable shell script. */
  script(...lines: readonly string[]): Promise<string>
}

export function scriptsIn(folder: TemporaryFolder): Scripts {
  let names = 0
  const path = (name: string): string => folder.at(`${name}-${names++}`)
  return {
    path,
    async script(...lines) {
      const at = path('script')
      await writeFile(at, ['#!/bin/sh', ...lines, ''].join('\n'), { mode: 0o755 })
      return at
    },
  }
}

/** The lines of a file that a hook writes to; none while it is not there. */
export async function linesOf(path: string): Promise<readonly string[]> {
  const text = await readFile(path, 'utf8').catch(() => '')
  return text.split('\n').filter(Boolean)
}

/** Waits until a hook has written at least so many lines, and gives them. */
export function untilLines(path: string, least: number): Promise<readonly string[]> {
  const ask = async (): Promise<readonly string[] | null> => {
    const lines = await linesOf(path)
    return lines.length >= least ? lines : null
  }
  return until(ask, { timeoutMs: 20_000, what: `${least} lines in ${path}` })
}

/** Waits until the hooks have been told of a commit: who sees the link flip is a moment too early. */
export function untilTold(sidecar: Sidecar, commit: string): Promise<true> {
  const isTold = (): true | null =>
    sidecar.log().some((line) => line.msg === 'published' && line.commit === commit) || null
  return until(isTold, { timeoutMs: 20_000, what: `the log of ${commit}` })
}

/** What `hookRuns` needs. */
export const withMetrics = ['--http-bind=127.0.0.1:0', '--http-metrics']

/** The counts of hook runs that `/metrics` tells, by `name status`. */
export async function hookRuns(sidecar: Sidecar): Promise<Record<string, number>> {
  const { address } = JSON.parse(await sidecar.line('serving HTTP'))
  const text = await (await fetch(`http://${address}/metrics`)).text()
  const samples = text.matchAll(
    /^git_sync_hook_run_count_total\{name="(.*)",status="(.*)"\} (\d+)$/gm,
  )
  return Object.fromEntries(
    [...samples].map(([, name, status, value]) => [`${name} ${status}`, Number(value)]),
  )
}
