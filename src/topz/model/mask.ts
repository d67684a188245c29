/** What stands in place of a secret. */
const mask = '***'

/** Whether a name announces a secret: `--db-password`, `API_KEY`, `x-auth-token`. */
const secretWord =
  /pass(word|wd|phrase)|passwd|token|secret|key|credential|cookie|signature|(^|[-_.])(pass|pw|pwd|auth|authorization)($|[-_.\d])/i

/** What is named after a secret and is none: where it lies, what it is called. */
const harmless =
  /[-_.]?(file|files|path|dir|directory|folder|stdin|name|names|size|length|type|algorithm|ttl|url|space|board)$/i

/** Options of programs that give a secret to a single letter; `attached` means `-pSECRET`. */
const shortOptions: readonly {
  readonly program: RegExp
  readonly option: string
  readonly attached: boolean
}[] = [
  { program: /^(mysql|mariadb)/, option: '-p', attached: true },
  { program: /^sshpass$/, option: '-p', attached: true },
  { program: /^sshpass$/, option: '-p', attached: false },
  { program: /^redis-cli$/, option: '-a', attached: false },
  { program: /^curl$/, option: '-u', attached: false },
  { program: /^curl$/, option: '--user', attached: false },
  { program: /^ldap\w+$/, option: '-w', attached: false },
]

/** Shapes that are secrets wherever they stand. */
const shapes =
  /\b(gh[pousr]_\w{20,}|github_pat_\w{20,}|glpat-[\w-]{16,}|xox[abeprs]-[\w-]{10,}|AKIA[0-9A-Z]{16}|eyJ[\w-]{8,}\.[\w-]+\.[\w-]*)/g

/**
 * Masks what looks like a secret in a program's arguments: values of options and variables with a
 * telling name, passwords in URLs, credentials in headers, and tokens known by their shape. When in
 * doubt it masks: a hidden value costs a person a question, a shown one costs the secret.
 *
 * @example
 * maskSecrets(['app', '--password', 'hunter2']) // ['app', '--password', '***']
 */
export function maskSecrets(args: readonly string[]): string[] {
  const program = baseName(args[0] ?? '')
  const shown: string[] = []
  let nextIsSecret = false
  for (const [index, arg] of args.entries()) {
    if (nextIsSecret && !/^--?[a-z]/i.test(arg)) {
      shown.push(mask)
      nextIsSecret = false
      continue
    }
    nextIsSecret = index > 0 && announces(arg, program)
    shown.push(index === 0 && args.length > 1 ? maskInside(arg) : maskArgument(arg, program))
  }
  return shown
}

/** Whether an argument says that the next one is a secret. */
function announces(arg: string, program: string): boolean {
  if (/^--?[\w.-]+$/.test(arg) && isSecretName(arg)) return true
  return shortOptions.some(
    (short) => !short.attached && short.option === arg && short.program.test(program),
  )
}

function maskArgument(arg: string, program: string): string {
  for (const { option, attached, program: of } of shortOptions) {
    if (!of.test(program) || !arg.startsWith(option)) continue
    if (attached && arg.length > option.length && !arg.startsWith('--')) return option + mask
    if (!attached && arg.startsWith(`${option}=`)) return `${option}=${mask}`
  }
  const named = /^(-{0,2}[\w.-]+[=:])(?!\/\/)([\s\S]+)$/.exec(arg)
  if (named?.[1] !== undefined && isSecretName(named[1].slice(0, -1))) return named[1] + mask
  return maskInside(arg)
}

/** Secrets inside one longer text: a shell's script, a title that a program gave itself, a header. */
function maskInside(text: string): string {
  return text
    .replace(/((?:proxy-)?authorization["']?\s*[:=]\s*["']?)[^"'\n]+/gi, `$1${mask}`)
    .replace(/\b(bearer|basic)\s+[\w+/=.~-]{6,}/gi, `$1 ${mask}`)
    .replace(
      /([a-z][a-z0-9+.-]*:\/\/)([^\s/@:]*):([^\s@]*(?:@[^\s/@]*)*?)@(?=[^\s@]*)/gi,
      `$1$2:${mask}@`,
    )
    .replace(/(https?:\/\/)(?!\*)[^\s/@:]+@/gi, `$1${mask}@`)
    .replace(
      /([\w.-]+)(["']?\s*[=:]\s*)("[^"]*"|'[^']*'|[^\s"'&;,}]+)/g,
      (whole: string, name: string, between: string, value: string) =>
        isSecretName(name) && !value.startsWith('//') ? `${name}${between}${mask}` : whole,
    )
    .replace(/(^|\s)(--?[\w.-]+)(\s+)("[^"]*"|'[^']*'|[^\s-]\S*)/g, (whole, lead, name, gap) =>
      isSecretName(name) ? `${lead}${name}${gap}${mask}` : whole,
    )
    .replace(shapes, mask)
}

function isSecretName(name: string): boolean {
  return secretWord.test(name) && !harmless.test(name)
}

function baseName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1)
}
