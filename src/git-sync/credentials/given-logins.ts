/** One `--credential` as it was given; what is not there is empty. */
export interface GivenLogin {
  readonly url: string
  readonly username: string
  readonly password: string
  readonly passwordFile: string
}

const fields = {
  url: 'url',
  username: 'username',
  password: 'password',
  'password-file': 'passwordFile',
} as const satisfies Record<string, keyof GivenLogin>

/**
 * Reads the JSON of `--credential`: an object or a list of objects, as the program replaced reads it
 * (case of names does not count, `null` is not there).
 * @throws Error whose message is a sentence part that says what is wrong, without a secret.
 */
export function readGivenLogins(text: string): readonly GivenLogin[] {
  if (text.trim() === '') return []
  const read = parsed(text)
  return (Array.isArray(read) ? read : [read]).map(givenLogin)
}

/** What is wrong with the text, for the option table; null when it can be read. */
export function wrongInGivenLogins(text: string): string | null {
  try {
    readGivenLogins(text)
    return null
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // What the parser says may quote a password.
    throw new Error('is no JSON: the form is {"url":…,"username":…,"password-file":…}')
  }
}

function givenLogin(value: unknown): GivenLogin {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new Error('must be a JSON object or a list of objects')
  }
  const given = { url: '', username: '', password: '', passwordFile: '' }
  for (const [name, text] of Object.entries(value)) {
    const known = name.toLowerCase()
    if (!isField(known)) {
      const names = Object.keys(fields).join(', ')
      throw new Error(`has the unknown field ${JSON.stringify(name)}; there are ${names}`)
    }
    if (text === null) continue
    if (typeof text !== 'string') throw new Error(`has a ${known} that is no text`)
    given[fields[known]] = text
  }
  return given
}

function isField(name: string): name is keyof typeof fields {
  return Object.hasOwn(fields, name)
}
