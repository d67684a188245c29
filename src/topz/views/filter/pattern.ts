import { Unreadable } from './fault.ts'
import { PatternRun, type Program } from './pattern-run.ts'
import { type Node, parsePattern } from './pattern-syntax.ts'

/** Each step is followed for each character: more would make a look at many texts dear. */
const mostSteps = 100
/** Repeated nothing makes no steps, and takes its time. */
const mostVisits = 1000
/** A pattern looks at the first so many characters of a text. */
export const patternSees = 1000

/**
 * A test of texts by a regular expression, letters of either case alike. Its time is linear in the
 * text whatever the pattern is, since all ways through it are followed at once: nobody can make it
 * hang. It knows `. [] () | * + ? {n,m} ^ $ \d \w \s`, and neither references nor lookaround.
 *
 * @param from Where the pattern stands in what was typed, for faults.
 * @throws Unreadable with the place of what it does not know, or when it has too many steps
 */
export function patternOf(source: string, from: number): (text: string) => boolean {
  const compiler = new Compiler(() => {
    const says = `the pattern has more than ${mostSteps} steps; make it shorter`
    throw new Unreadable({ at: from, length: source.length, says })
  })
  const run = new PatternRun(compiler.program(parsePattern(source, from)))
  return (text) => run.found(text.slice(0, patternSees).toLowerCase())
}

class Compiler {
  readonly #steps: Program = []
  readonly #tooMuch: () => never
  #visits = 0

  constructor(tooMuch: () => never) {
    this.#tooMuch = tooMuch
  }

  program(node: Node): Program {
    this.#add(node)
    this.#steps.push({ kind: 'match' })
    return this.#steps
  }

  #add(node: Node): void {
    this.#visits++
    if (this.#visits > mostVisits || this.#steps.length > mostSteps) this.#tooMuch()
    switch (node.kind) {
      case 'all':
        for (const part of node.parts) this.#add(part)
        return
      case 'either': {
        const split = this.#split()
        this.#add(node.left)
        const over = this.#split()
        split.or = this.#steps.length
        this.#add(node.right)
        over.to = this.#steps.length
        over.or = this.#steps.length
        return
      }
      case 'repeat':
        for (let count = 0; count < node.least; count++) this.#add(node.of)
        if (node.most === null) this.#anyTimes(node.of)
        else this.#upTo(node.of, node.most - node.least)
        return
      default:
        this.#steps.push(node)
    }
  }

  #anyTimes(node: Node): void {
    const at = this.#steps.length
    const split = this.#split()
    this.#add(node)
    const again = this.#split()
    again.to = at
    again.or = at
    split.or = this.#steps.length
  }

  #upTo(node: Node, times: number): void {
    const splits = []
    for (let count = 0; count < times; count++) {
      splits.push(this.#split())
      this.#add(node)
    }
    for (const split of splits) split.or = this.#steps.length
  }

  /** One that goes on at the next step, and where its `or` will say. */
  #split(): { readonly kind: 'split'; to: number; or: number } {
    const split = { kind: 'split' as const, to: this.#steps.length + 1, or: 0 }
    this.#steps.push(split)
    return split
  }
}
