export interface SparseOptions {
  /** A file of patterns, one a line; empty for all files. */
  readonly sparseCheckoutFile: string
}

/** Tells git, before the files are written, which of them the tree shall have. */
export async function makeSparse(
  _admin: string,
  { sparseCheckoutFile }: SparseOptions,
): Promise<void> {
  if (sparseCheckoutFile !== '') throw new Error('--sparse-checkout-file is not there yet')
}
