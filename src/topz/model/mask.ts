import { followOptions, mask, maskOptions } from './mask-options.ts'

/** Whether a name announces a secret: `--db-password`, `API_KEY`, `x-auth-token`, `requirepass`. */
const secretWord =
  /pass(word|wd|phrase|code)|token|secret|key|credential|cookie|signature|bearer|jwt|from-literal|((?<!by|com)pass|pw|pwd|auth)$|(^|[-_.])(pass|pw|pwd|auth|authorization|sig)($|[-_.\d])/i

/** What is named after a secret and is none: where it lies, what it is called. */
const harmless =
  /(file|files|path|dir|directory|folder|store|stdin|name|names|size|length|type|mode|algorithm|ttl|url|space|board|izer|max[-_.\w]*tokens?)$/i

/** Shapes that are secrets wherever they stand. */
const shapes = new RegExp(
  [
    String.raw`\b(?:gh[pousr]_\w{20,}|github_pat_\w{20,}|glpat-[\w-]{16,}|xox[abeprs]-[\w-]{10,})`,
    String.raw`\b(?:A[KS]IA[0-9A-Z]{16}|eyJ[\w-]{8,}\.[\w-]+\.[\w-]*|AIza[\w-]{30,})`,
    String.raw`\b(?:sk-[\w-]{20,}|[rs]k_(?:live|test)_\w{10,}|SG\.[\w-]{16,}\.[\w-]{16,})`,
    String.raw`\b(?:npm_\w{30,}|pypi-[\w-]{40,}|dckr_pat_[\w-]{16,}|hv[bs]\.[\w-]{20,})`,
    String.raw`(?<=\bhooks\.slack\.com\/services\/)[\w/]+`,
  ].join('|'),
  'g',
)

const privateKey = /-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*-----|$)/g

/**
 * Masks what looks like a secret in a program's arguments: values of options and variables with a
 * telling name, passwords in URLs, credentials in headers, and tokens known by their shape. When in
 * doubt it masks: a hidden value costs a person a question, a shown one costs the secret.
 *
 * @example
 * maskSecrets(['app', '--password', 'hunter2']) // ['app', '--password', '***']
 */
export function maskSecrets(args: readonly string[]): string[] {
  const follow = followOptions()
  const shown: string[] = []
  let nextIsSecret = false
  for (const [index, arg] of args.entries()) {
    const masked = follow(arg)
    if (masked !== null || (nextIsSecret && !/^--?[a-z]/i.test(arg))) {
      shown.push(masked ?? mask)
      nextIsSecret = false
      continue
    }
    nextIsSecret = index > 0 && /^--?[\w.-]+$/.test(arg) && isSecretName(arg)
    shown.push(index === 0 && args.length > 1 ? maskInside(arg) : maskArgument(arg))
  }
  return shown
}

function maskArgument(arg: string): string {
  // a quoted value ends before the argument does: that is a script's business
  const named = /^(-{0,2}([\w.-]+)[=:]\s*)(?!\/\/|["'])\S/.exec(arg)
  if (named !== null && isSecretName(named[2] ?? '')) return `${named[1]}${mask}`
  return maskInside(arg)
}

/** Secrets inside one longer text: a shell's script, a title that a program gave itself, a header. */
function maskInside(text: string): string {
  return maskNamed(
    maskOptions(text.replace(privateKey, mask))
      .replace(/((?:proxy-)?authorization["']?\s*[:=]\s*["']?)[^"'\n]+/gi, `$1${mask}`)
      .replace(/\b((?:set-)?cookie["']?\s*:\s*["']?)[^"'\n]+/gi, `$1${mask}`)
      .replace(/\b(bearer|basic)\s+(?!-)[\w+/=.~-]{6,}/gi, `$1 ${mask}`)
      .replace(/(https?:\/\/)[^\s/@:]+:(?:x-oauth-basic)?@/gi, `$1${mask}@`)
      .replace(/(?<![a-z0-9+.-])([a-z][a-z0-9+.-]*:\/\/[^\s/@:]*:)\S*@/gi, `$1${mask}@`)
      .replace(/(https?:\/\/)[^\s/@:]+@/gi, `$1${mask}@`)
      // `user:password@tcp(host)`; the digest of an image stands after such a sign too
      .replace(/(?<![\w.%+-])([\w.%+-]+:)[^\s@/:"']+@(?!sha\d)/g, `$1${mask}@`),
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
  const named = /(?<![\w.-])([\w.-]+)\\*["']?\s*[=:]\s*(?!\/\/)/g
  const valued = /(?:"(?:[^"\\]|\\[\s\S])*"|'[^']*'|\\[\s\S]|[^\s"'&;,}\\])+/y
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
