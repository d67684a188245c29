/*
 * Names and arguments of processes are chosen by whoever starts them. Control characters could end
 * our lines or drive a terminal, and bidirectional ones show a text in another order than it has
 * (CVE-2021-42574). So each is replaced by something that can be seen.
 */

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are the subject
const controls = /[\u0000-\u001f\u007f]/g

/** C1 controls, soft hyphen, joiners and marks, line separators, bidi controls, tags, halves. */
const invisible =
  /[\u0080-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]|[\u{e0000}-\u{e007f}]|\p{Cs}/gu

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
