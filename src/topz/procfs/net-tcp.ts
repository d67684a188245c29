/** How many sockets are in each state, by the kernel's number of it. */
export type StateCounts = Uint32Array

/** The kernel's highest number of a state is 12; others are counted as 0, which is none. */
const states = 16

export function noStates(): StateCounts {
  return new Uint32Array(states)
}

const newline = 10
const space = 32

/** Where in a line a piece of the file ends. */
export interface TcpReader {
  readonly counts: StateCounts
  /** Words of the line so far, -1 before the heading's end. */
  word: number
  /** Whether the byte before was of a word. */
  inWord: boolean
  state: number
}

export function tcpReader(counts: StateCounts): TcpReader {
  return { counts, word: -1, inWord: false, state: 0 }
}

/**
 * A piece of `/proc/PID/net/tcp` or `tcp6`: a heading, then a line a socket with its state in hex as
 * the fourth word (proc_pid_net(5)). The rest of a line is not looked at, and no string is made:
 * there can be thousands.
 */
export function countStates(bytes: Buffer, length: number, reader: TcpReader): void {
  let at = 0
  while (at < length) {
    if (reader.word === -1 || reader.word > 4) {
      const end = bytes.indexOf(newline, at)
      if (end < 0 || end >= length) return
      reader.word = 0
      reader.inWord = false
      reader.state = 0
      at = end + 1
      continue
    }
    const byte = bytes[at++] ?? space
    if (byte > space) {
      if (!reader.inWord) reader.word++
      reader.inWord = true
      if (reader.word === 4) reader.state = reader.state * 16 + hexDigit(byte)
    } else {
      if (reader.word === 4 && reader.inWord) {
        const state = reader.state < states ? reader.state : 0
        reader.counts[state] = (reader.counts[state] ?? 0) + 1
        reader.word++
      }
      reader.inWord = false
    }
  }
}

/** `0` to `9` and `A` to `F`. */
function hexDigit(byte: number): number {
  return byte < 58 ? byte - 48 : byte - 55
}
