/** What `bun test` says of one file, as it comes. */
interface Section {
  readonly file: string
  passed: number
  skipped: number
  failed: boolean
  readonly lines: string[]
}

/**
 * Turns the lines of `bun test` into one line a file, and all that was said of files with failures.
 * Gives a function that takes the lines, and one for the end.
 */
export function progressOf(say: (line: string) => void): {
  readonly take: (line: string) => void
  readonly end: () => void
  readonly current: () => string
} {
  let section: Section | null = null
  let over = false

  const flush = (): void => {
    if (section === null) return
    const { file, passed, skipped, failed, lines } = section
    section = null
    const count = `${passed} passed${skipped > 0 ? `, ${skipped} skipped` : ''}`
    say(`  ${failed ? 'FAILED' : 'ok    '}  ${file}  ${count}`)
    if (failed) for (const line of lines) say(`          ${line}`)
  }

  const take = (line: string): void => {
    const file = /^(\S.*\.test\.tsx?):$/.exec(line)?.[1]
    if (file !== undefined) {
      flush()
      section = { file, passed: 0, skipped: 0, failed: false, lines: [] }
    } else if (/^ *\d+ (pass|tests? (failed|skipped):?)$/.test(line)) {
      // from here on all is said a second time
      flush()
      over = true
    } else if (section === null) {
      if (!over && line.trim() !== '' && !line.startsWith('bun test ')) say(`          ${line}`)
    } else if (line.startsWith('(pass) ')) section.passed++
    else if (line.startsWith('(skip) ')) section.skipped += line.includes('> (unnamed)') ? 0 : 1
    else {
      if (line.startsWith('(fail) ') || line.startsWith('# Unhandled error')) section.failed = true
      section.lines.push(line)
    }
  }

  return { take, end: flush, current: () => section?.file ?? '' }
}
