import { type Sums, sumsOf } from './sums.ts'
import type { Process } from './table.ts'

/** A process and all that it started and that still hangs below it. */
export interface TreeNode {
  readonly process: Process
  readonly children: readonly TreeNode[]
}

interface Growing {
  readonly process: Process
  readonly children: Growing[]
}

/**
 * The processes as trees, in the order given among brothers and roots. A root has a parent that is not
 * among them: it ended, was filtered out, or is in another namespace (the first process of each
 * container has parent 0). Where parents lead in a circle, which a PID taken again between two reads
 * can do, one of the circle is a root. Each process is in exactly one place.
 */
export function treeOf(processes: readonly Process[]): readonly TreeNode[] {
  const nodes = new Map<number, Growing>()
  for (const process of processes) nodes.set(process.pid, { process, children: [] })
  const inCircle = circleEndsOf(processes, nodes)
  const roots: Growing[] = []
  for (const process of processes) {
    const node = nodes.get(process.pid)
    if (node?.process !== process) continue // never twice the same PID in one table
    const parent = inCircle.has(process.pid) ? undefined : nodes.get(process.parentPid)
    if (parent === undefined) roots.push(node)
    else parent.children.push(node)
  }
  return roots
}

/** The node and all below it, itself first, without recursion: a chain of forks can be long. */
export function* nodesOf(roots: readonly TreeNode[]): Generator<TreeNode & { depth: number }> {
  const left = roots.toReversed().map((node) => ({ node, depth: 0 }))
  for (let next = left.pop(); next !== undefined; next = left.pop()) {
    const { node, depth } = next
    yield { ...node, depth }
    for (const child of node.children.toReversed()) left.push({ node: child, depth: depth + 1 })
  }
}

/** What a folded node shows: itself and all below it. */
export function sumsOfNode(node: TreeNode): Sums {
  return sumsOf([...nodesOf([node])].map(({ process }) => process))
}

/** One PID of each circle of parents. Each path is walked once. */
function circleEndsOf(
  processes: readonly Process[],
  nodes: ReadonlyMap<number, Growing>,
): ReadonlySet<number> {
  const ends = new Set<number>()
  const walked = new Map<number, number>()
  for (const [walk, { pid }] of processes.entries()) {
    let at = nodes.get(pid)
    while (at !== undefined && !walked.has(at.process.pid)) {
      walked.set(at.process.pid, walk)
      at = nodes.get(at.process.parentPid)
    }
    if (at !== undefined && walked.get(at.process.pid) === walk) ends.add(at.process.pid)
  }
  return ends
}
