/** What a person is told of a sidecar's log: errors and warnings; null for the rest. */
export function readable(line: string): string | null {
  const record = parsed(line)
  if (record === null) return null
  return isError(line) || record.severity === 'warning' ? sentence(record) : null
}

/** Whether the line is an error of a sidecar. */
export function isError(line: string): boolean {
  return typeof parsed(line)?.error === 'string'
}

/** Why a program ended, from its last lines: the last error among them, else the last line. */
export function reasonIn(lines: readonly string[]): string | null {
  const error = lines.findLast((line) => /^\S*error:|"error":|Cannot /.test(line)) ?? lines.at(-1)
  if (error === undefined) return null
  const record = parsed(error)
  return record === null ? error : sentence(record)
}

function sentence({ msg, error, advice }: Record<string, unknown>): string {
  const said = [msg, error].filter((part) => typeof part === 'string' && part !== '').join(': ')
  return typeof advice === 'string' ? `${said}; ${advice}` : said
}

function parsed(line: string): Record<string, unknown> | null {
  if (!line.startsWith('{')) return null
  try {
    return JSON.parse(line) as Record<string, unknown>
  } catch {
    return null
  }
}
