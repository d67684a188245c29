/** What a person is told of a sidecar's log: errors and warnings; null for the rest. */
export function readable(line: string): string | null {
  const record = parsed(line)
  if (record === null) return null
  const bad = typeof record.error === 'string' || record.severity === 'warning'
  return bad ? sentence(record) : null
}

/** A JSON line of the log as one sentence; any other line as it is. */
export function plain(line: string): string {
  const record = parsed(line)
  return record === null ? line : sentence(record)
}

function sentence({ msg, error }: Record<string, unknown>): string {
  return [msg, error].filter((part) => typeof part === 'string' && part !== '').join(': ')
}

function parsed(line: string): Record<string, unknown> | null {
  if (!line.startsWith('{')) return null
  try {
    return JSON.parse(line) as Record<string, unknown>
  } catch {
    return null
  }
}
