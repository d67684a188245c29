/** Random bytes as hex digits, two each: for names that nobody else has. `node:crypto` is megabytes. */
export function randomHex(bytes: number): string {
  return crypto.getRandomValues(new Uint8Array(bytes)).toHex()
}
