/** One condition of a filter; all of a filter must hold. */
export type Term = { readonly not: boolean } & (
  | { readonly kind: 'word'; readonly text: string }
  | { readonly kind: 'is'; readonly field: string; readonly value: string }
  | {
      readonly kind: 'compares'
      readonly field: string
      readonly sign: Sign
      readonly number: number
      /** In lower case; `%` for a share of the limit, empty for none. */
      readonly unit: string
    }
  | { readonly kind: 'matches'; readonly pattern: string }
)

export const signs = ['<=', '>=', '!=', '<', '>', '='] as const
export type Sign = (typeof signs)[number]
