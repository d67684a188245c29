/** What stands in place of a secret. */
const mask = '***'

/** Whether a name announces a secret: `--db-password`, `API_KEY`, `x-auth-token`. */
const secretWord =
  /pass(word|wd|phrase)|passwd|token|secret|key|credential|cookie|signature|(^|[-_.])(pass|pw|pwd|auth|authorization)($|[-_.\d])/i

/** What is named after a secret and is none: where it lies, what it is called. */
const harmless =
  /(file|files|path|dir|directory|folder|stdin|name|names|size|length|type|algorithm|ttl|url|space|board|izer|max[-_.\w]*tokens?)$/i

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
  // a quoted value ends before the argument does: that is a script's business
  const named = /^(-{0,2}([\w.-]+)[=:]\s*)(?!\/\/|["'])\S/.exec(arg)
  if (named !== null && isSecretName(named[2] ?? '')) return `${named[1]}${mask}`
  return maskInside(arg)
}

/** Secrets inside one longer text: a shell's script, a title that a program gave itself, a header. */
function maskInside(text: string): string {
  return maskNamed(
    text
      .replace(/((?:proxy-)?authorization["']?\s*[:=]\s*["']?)[^"'\n]+/gi, `$1${mask}`)
      .replace(/\b(bearer|basic)\s+[\w+/=.~-]{6,}/gi, `$1 ${mask}`)
      .replace(/(?<![a-z0-9+.-])([a-z][a-z0-9+.-]*:\/\/[^\s/@:]*:)\S*@/gi, `$1${mask}@`)
      .replace(/(https?:\/\/)[^\s/@:]+@/gi, `$1${mask}@`),
  )
    .replace(
      /(?<!\S)(--?[\w.-]+)(\s+)("[^"]*"|'[^']*'|[^\s-]\S*)/g,
      (whole: string, name: string, gap: string) =>
        isSecretName(name) ? `${name}${gap}${mask}` : whole,
    )
    .replace(shapes, mask)
}

/** `NAME=value`, `name: value`, `"name":"value"`; a value may hold such a pair itself (`url=h?token=x`). */
function maskNamed(text: string): string {
  const named = /(?<![\w.-])([\w.-]+)["']?\s*[=:]\s*(?!\/\/)/g
  const valued = /"[^"]*"|'[^']*'|[^\s"'&;,}]+/y
  let shown = ''
  let from = 0
  for (let found = named.exec(text); found !== null; found = named.exec(text)) {
    if (!isSecretName(found[1] ?? '')) continue
    valued.lastIndex = named.lastIndex
    if (valued.exec(text) === null) continue
    shown += text.slice(from, named.lastIndex) + mask
    from = valued.lastIndex
    named.lastIndex = from
  }
  return shown + text.slice(from)
}

function isSecretName(name: string): boolean {
  return secretWord.test(name) && !harmless.test(name)
}

function baseName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1)
}
