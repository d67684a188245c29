/** What cannot be read in a text that somebody typed, and what to do about it. */
export interface Fault {
  /** Where it begins in the text, from 0, and how long it is. */
  readonly at: number
  readonly length: number
  /** One line without the text itself: `there is no state "q"; take …`. */
  readonly says: string
}

/** Ends reading inside this folder; whoever begins it gives the fault as a value. */
export class Unreadable extends Error {
  readonly fault: Fault

  constructor(fault: Fault) {
    super(fault.says)
    this.fault = fault
  }
}
