import { expect, test } from 'bun:test'
import { later, madeUpPod, madeUpProcess } from '#topz/model/made-up-pod.ts'
import { completionsOf } from './completions.ts'

/** The texts that would stand there; `|` is the caret. */
function offered(marked: string, table = madeUpPod): readonly string[] {
  const text = marked.replace('|', '')
  const { from, to, options } = completionsOf(text, marked.indexOf('|'), table)
  return options.map((option) => `${text.slice(0, from)}${option.text}${text.slice(to)}`)
}

test('a word offers the fields and programs that begin so', () => {
  expect(offered('n|')).toEqual(['name:', 'nginx', 'node'])
  expect(offered('c|')).toEqual(['c:', 'cpu>100m'])
  expect(offered('nginx mem| c:app')).toEqual(['nginx mem>50% c:app'])
  expect(offered('|')).toHaveLength(10)
})

test('a field offers the values that processes have, the commonest first', () => {
  expect(offered('c:|')).toEqual(['c:app', 'c:nginx', 'c:pause', 'c:topz'])
  expect(offered('-user:r|oot')).toEqual(['-user:root'])
  expect(offered('state:|')).toEqual(['state:sleeping', 'state:running', 'state:disk-wait'])
})

test('a value that holds a space is offered in quotes', () => {
  const table = later(madeUpPod, { processes: [madeUpProcess(2, { name: 'Web Content' })] })
  expect(offered('name:|', table)).toEqual(['name:"Web Content"'])
  expect(offered('name:"we|', table)).toEqual(['name:"Web Content"'])
  expect(offered('web|', table)).toEqual(['"Web Content"'])
})

test('inside of a pattern nothing is offered', () => {
  expect(offered('/n|/')).toEqual([])
})
