/** There is no answer. It says nothing of the commit, nor of the repository. */
export class GateError extends Error {
  override readonly name = 'GateError'
  readonly advice: string

  constructor(
    message: string,
    { cause, advice }: { readonly cause?: unknown; readonly advice: string },
  ) {
    super(message, { cause })
    this.advice = advice
  }
}
