import { signalName, signalNumber } from '#kit/signals.ts'
import type { Bell } from './bell.ts'

/** Why a signal cannot ask for a pass. */
const unfit: readonly (readonly [names: readonly string[], why: string])[] = [
  [['SIGKILL', 'SIGSTOP'], 'no program can wait for it'],
  [['SIGTERM', 'SIGINT'], 'it stops this program'],
  [['SIGCHLD'], 'it comes with the end of each git'],
  [
    ['SIGILL', 'SIGTRAP', 'SIGABRT', 'SIGBUS', 'SIGFPE', 'SIGSEGV', 'SIGSYS'],
    'it tells of a fault of the program',
  ],
  [['SIGSTKFLT', 'SIGPWR'], 'the runtime keeps it to itself'],
]

/** A sentence part that says what is wrong with `--sync-on-signal`, or null; empty is none. */
export function wrongWithSignal(text: string): string | null {
  if (text === '') return null
  const number = signalNumber(text)
  const name = number === null ? null : signalName(number)
  if (name === null) return `${JSON.stringify(text)} is no signal: SIGHUP, HUP or 1 is the form`
  const why = unfit.find(([names]) => names.includes(name))?.[1]
  return why === undefined ? null : `cannot be ${name}: ${why}; SIGHUP is a good one`
}

/** Rings at each signal of that name from now on; without a name the kernel's default stays. */
export function ringOnSignal(
  text: string,
  { onSignal, bell }: { readonly onSignal: (number: number, act: () => void) => void; bell: Bell },
): void {
  const number = signalNumber(text)
  if (number === null) return
  const by = signalName(number) ?? text
  onSignal(number, () => bell.ring(by))
}
