/** What stands in place of a secret. */
export const mask = '***'

/** An option whose value is a secret in one program and something else in others. */
interface Rule {
  readonly program: RegExp
  /** Up to the option's end; a value may follow at once. */
  readonly option: RegExp
  /** Whether its value may be the next word; else only `-pSECRET` is one. */
  readonly apart: boolean
  /** Only after this word: `docker run -p` is a port, `docker login -p` a password. */
  readonly after?: string
}

const rules: readonly Rule[] = [
  { program: /^(mysql|mariadb)/, option: /^-p(?=.)/, apart: false },
  { program: /^7z[ar]?$/, option: /^-p(?=.)/, apart: false },
  { program: /^(sshpass|cypher-shell|ncftp\w*)$/, option: /^-p/, apart: true },
  { program: /^mongo(sh|dump|restore|export|import|stat|top|files)?$/, option: /^-p/, apart: true },
  { program: /^(sqlcmd|bcp|zip|unzip)$/, option: /^-P/, apart: true },
  { program: /^redis-cli$/, option: /^-a$/, apart: true },
  { program: /^openssl$/, option: /^-[kK]$/, apart: true },
  { program: /^ldap\w+$/, option: /^-w/, apart: true },
  { program: /^(lftp|smbclient|smbget|rpcclient)$/, option: /^-[uU]/, apart: true },
  { program: /^(curl|etcdctl)$/, option: /^--(proxy-)?user(?==|$)/, apart: true },
  // letters without a value may stand before it: -su; others end it: -XPUT
  { program: /^curl$/, option: /^-[sSfkLivgnNGIOJjaq#]*[uUb]/, apart: true },
  {
    program: /^(docker|podman|nerdctl|buildah|skopeo|oras|crane|helm|az)$/,
    option: /^-p/,
    apart: true,
    after: 'login',
  },
]

/**
 * Follows the words of a command line: the program may come after others (`sudo`, `tini --`), and
 * several after each other. The function returned gives a word with its secret masked, or null when
 * it has none.
 */
export function followOptions(): (word: string) => string | null {
  let known: readonly Rule[] = []
  let before = new Set<string>()
  let nextIsSecret = false
  return (word) => {
    const secret = nextIsSecret && !word.startsWith('-')
    nextIsSecret = false
    if (secret) return mask
    const name = word.slice(word.lastIndexOf('/') + 1)
    const begun = rules.filter(({ program }) => program.test(name))
    if (begun.length > 0 || /^[|;&]/.test(word)) {
      known = begun
      before = new Set()
      return null
    }
    before.add(word)
    for (const { option, apart, after } of known) {
      const found = option.exec(word)?.[0]
      if (found === undefined || (after !== undefined && !before.has(after))) continue
      nextIsSecret = found === word && apart
      if (nextIsSecret) return null
      return `${found}${word[found.length] === '=' ? '=' : ''}${mask}`
    }
    return null
  }
}

const quote = /^["']/

/** The same for a shell's script, or a title that is one text. */
export function maskOptions(text: string): string {
  const follow = followOptions()
  return text.replace(/(?:"[^"]*"|'[^']*'|[^\s"'|;&])+|["']|[|;&]+/g, (word) => {
    const masked = follow(word.replace(quote, ''))
    if (masked !== null) return masked
    // a script inside the script
    const inside = word.slice(1, -1)
    const quoted = quote.test(word) && word.endsWith(word.charAt(0)) && /\s/.test(inside)
    return quoted ? `${word.charAt(0)}${maskOptions(inside)}${word.charAt(0)}` : word
  })
}
