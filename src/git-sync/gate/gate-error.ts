/** There is no answer. It says nothing of the commit, nor of the repository. */
export class GateError extends Error {
  override readonly name = 'GateError'
  readonly advice = 'it is asked again after a pause; look at what it waits for'
}
