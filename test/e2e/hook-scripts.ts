import { readFile, writeFile } from 'node:fs/promises'
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
