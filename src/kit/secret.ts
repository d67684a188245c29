/** A value that shows itself only to who asks by `reveal`: logs, JSON and templates get a mark. */
export class Secret {
  readonly #value: string

  constructor(value: string) {
    this.#value = value
  }

  reveal(): string {
    return this.#value
  }

  toString(): string {
    return redacted
  }

  toJSON(): string {
    return redacted
  }
}

/** Stands where a secret was. */
export const redacted = '[redacted]'

/** `https://user:password@host` without the password; any other text as it is. */
export function withoutPasswords(text: string): string {
  // The last letter of the scheme alone: to look for all of it would take the square of a long word.
  return text.replace(/([\w+.-]:\/\/[^/\s:@'"]*):[^/\s'"]*@(?=[^/\s@])/g, `$1:${redacted}@`)
}

/** `text` with every given secret replaced by a mark, also in its percent-encoded form. */
export function withoutSecrets(text: string, secrets: Iterable<string>): string {
  let shown = withoutPasswords(text)
  // The longest first: of a new password that begins with the old one the end would be left.
  for (const secret of [...secrets].sort((one, other) => other.length - one.length)) {
    // One or two letters would mask half of each line, and show by it which they are.
    if (secret.length < 3) continue
    shown = shown
      .replaceAll(secret, redacted)
      .replaceAll(encodeURIComponent(secret.toWellFormed()), redacted)
  }
  return shown
}
