import { redacted } from '#kit/secret.ts'

/** A URL as far as it holds no secret: hosts put tokens into its login, its path and its query. */
export function shownUrl(text: string): string {
  if (!URL.canParse(text)) return text === '' ? '' : redacted
  const { protocol, host, pathname, search } = new URL(text)
  return `${protocol}//${host}${pathname === '/' && search === '' ? '/' : `/${redacted}`}`
}
