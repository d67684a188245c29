/** Where the wanted ref is now. A hint: the commit that fetch brings is the truth. */
export interface Tip {
  /** Full name on the remote (`refs/heads/main`, `HEAD`), or a full hash. */
  readonly ref: string
  /** The commit, with annotated tags peeled; of a hash, that hash. */
  readonly commit: string
}

/** One way to ask a remote. */
export interface Remote {
  /** @throws Error when the remote cannot be asked or has no such ref. */
  tip(ref: string): Promise<Tip>
}
