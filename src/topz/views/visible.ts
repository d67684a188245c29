/*
 * Names and arguments of processes are chosen by whoever starts them. Control characters could end
 * our lines or drive a terminal, and bidirectional ones show a text in another order than it has
 * (CVE-2021-42574). So each is replaced by something that can be seen.
 */

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are the subject
const controls = /[\u0000-\u001f\u007f]/g

/**
 * C1 controls, what is made to be ignored (joiners, fillers, marks of direction, tags, selectors), ends of
 * lines, spaces that are none of ours, a Braille sign without dots, halves of pairs; and each accent
 * beyond the fourth on one sign, which would climb into other lines.
 */
const invisible = /[\p{Cc}\p{Cf}\p{DI}\p{Zl}\p{Zp}\p{Cs}\u2800]|(?! )\p{Zs}|(?<=\p{M}{4})\p{M}/gu

/** The text on one line with nothing hidden: `a\nb` is `a␊b`, a right-to-left override `<U+202E>`. */
export function visible(text: string): string {
  return text.replace(controls, picture).replace(invisible, codePoint)
}

/** Unicode has a picture for each control character. */
function picture(control: string): string {
  const code = control.charCodeAt(0)
  return String.fromCharCode(code === 0x7f ? 0x2421 : 0x2400 + code)
}

function codePoint(character: string): string {
  const hex = (character.codePointAt(0) ?? 0).toString(16).toUpperCase()
  return `<U+${hex.padStart(4, '0')}>`
}
