/** A time as a person says it, in its largest unit: `a moment`, `0.4 s`, `12 s`, `3 min`, `5 h`, `2 d`. */
export function lasting(seconds: number): string {
  if (seconds < 0.05) return 'a moment'
  if (seconds < 9.95) return `${Number(seconds.toFixed(1))} s`
  if (seconds < 60) return `${Math.floor(seconds)} s`
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min`
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)} h`
  return `${Math.floor(seconds / 86_400)} d`
}

/** How long ago that was. */
export function ago(seconds: number): string {
  return seconds < 2 ? 'just now' : `${lasting(Math.floor(seconds))} ago`
}

/** `1 process`, `2 processes`. */
export function counted(number: number, one: string, many = `${one}s`): string {
  return `${number} ${number === 1 ? one : many}`
}

/** A share of 0 to 1. */
export function inPercent(share: number): string {
  return `${Math.round(share * 100)} %`
}

/** `nginx (PID 7)`; a process that hides its name is only a process. */
export function called({ name, pid }: { readonly name: string; readonly pid: number }): string {
  return `${name === '' ? 'a process' : name} (PID ${pid})`
}
