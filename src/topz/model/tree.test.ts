import { expect, test } from 'bun:test'
import { madeUpProcess } from './made-up-pod.ts'
import { nodesOf, sumsOfNode, type TreeNode, treeOf } from './tree.ts'

/** A tree in one line: `1(7(9) 8)`. */
function line(nodes: readonly TreeNode[]): string {
  return nodes
    .map(({ process, children }) => {
      const below = line(children)
      return below === '' ? `${process.pid}` : `${process.pid}(${below})`
    })
    .join(' ')
}

function processes(...parents: readonly (readonly [pid: number, parentPid: number])[]) {
  return parents.map(([pid, parentPid]) => madeUpProcess(pid, { parentPid }))
}

test('there are several roots: the first of each container, and those whose parent is not seen', () => {
  const tree = treeOf(processes([1, 0], [7, 0], [8, 7], [9, 8], [10, 7], [20, 19], [21, 20]))
  expect(line(tree)).toBe('1 7(8(9) 10) 20(21)')
})

test('brothers and roots keep the order that was given', () => {
  expect(line(treeOf(processes([9, 7], [7, 0], [8, 7], [1, 0])))).toBe('7(9 8) 1')
})

test('a circle of parents hangs nothing and loses nobody', () => {
  const circle = processes([5, 6], [6, 7], [7, 5], [8, 7], [9, 9])
  const all = [...nodesOf(treeOf(circle))].map(({ process }) => process.pid)
  expect(all.toSorted()).toEqual([5, 6, 7, 8, 9])
})

test('a chain of ten thousand is walked, each at its depth', () => {
  const chain = Array.from({ length: 10_000 }, (_, at) => madeUpProcess(at + 1, { parentPid: at }))
  const depths = [...nodesOf(treeOf(chain))].map(({ depth }) => depth)
  expect(depths).toEqual(chain.map((_, at) => at))
})

test('a folded node shows the sums of all below it', () => {
  const [root] = treeOf([
    madeUpProcess(7, { cpuMillicores: 100, rssBytes: 10, ageSeconds: 5 }),
    madeUpProcess(8, { parentPid: 7, cpuMillicores: 20, rssBytes: 1, ageSeconds: 50 }),
    madeUpProcess(9, {
      parentPid: 8,
      cpuMillicores: null,
      rssBytes: 1,
      unknown: { cpuMillicores: 'another-user' },
    }),
  ])
  if (root === undefined) throw new Error('Cannot look at the root: the tree is empty')
  expect(sumsOfNode(root)).toMatchObject({ processes: 3, cpuMillicores: 120, rssBytes: 12 })
})
