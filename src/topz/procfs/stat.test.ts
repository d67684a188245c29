import { expect, test } from 'bun:test'
import { emptyStat, parseStat } from './stat.ts'

const tail =
  'S 1 4899 3187 0 -1 4194304 100 0 0 0 27 13 5 7 20 0 3 0 245525 3133440 362 18446744073709551615 94724979331072 94724979350953 140726151611136 0 0 0 0 0 0 0 0 0 17 0 0 0 0 0 0 94724979366960 94724979368576 94725605646336 140726151613102 140726151613143 140726151613143 140726151614443 0\n'

function parsed(text: string) {
  const bytes = Buffer.from(text)
  const into = emptyStat()
  const complete = parseStat(bytes, bytes.length, into)
  return { ...into, complete, name: bytes.toString('utf8', into.nameStart, into.nameEnd) }
}

test('a line of a real kernel gives its fields', () => {
  expect(parsed(`4904 (cat) ${tail}`)).toMatchObject({
    complete: true,
    name: 'cat',
    state: 'S'.charCodeAt(0),
    parentPid: 1,
    cpuTicks: 40,
    childCpuTicks: 12,
    threads: 3,
    startTicks: 245525,
    rssPages: 362,
  })
})

for (const name of ['a b', 'a) R 1', ')', '((', 'new\nline', ') S 1 2 3 (', '', 'ünï']) {
  test(`a program that calls itself ${JSON.stringify(name)} shifts no field`, () => {
    const found = parsed(`7 (${name}) ${tail}`)
    expect(found).toMatchObject({ complete: true, name, parentPid: 1, startTicks: 245525 })
  })
}

test('a process that ends is known by its flags before it is a zombie', () => {
  expect(parsed(`7 (x) ${tail}`).exiting).toBe(false)
  expect(parsed(`7 (x) ${tail.replace('4194304', '4194308')}`).exiting).toBe(true)
})

test('negative numbers before the last field are skipped over, not added', () => {
  const line = `7 (x) R 0 0 0 0 -1 4194304 0 0 0 0 5 6 0 0 -51 -20 1 0 9 0 12 0`
  expect(parsed(line)).toMatchObject({ complete: true, cpuTicks: 11, threads: 1, rssPages: 12 })
})

test('a line that ends too early is not taken for one with zeros', () => {
  expect(parsed('7 (x) R 0 0 0 0 -1').complete).toBe(false)
  expect(parsed('7 (x').complete).toBe(false)
  expect(parsed('').complete).toBe(false)
})

test('a kernel thread with the longest of names is read like any other', () => {
  const name = 'k'.repeat(63)
  const found = parsed(`4194303 (${name}) ${tail}`)
  expect(found).toMatchObject({ complete: true, name, startTicks: 245525 })
})

test('bytes after the given length belong to an earlier read and are not looked at', () => {
  const bytes = Buffer.from(`7 (x) ${tail}9 (longer) name)`)
  const into = emptyStat()
  expect(parseStat(bytes, `7 (x) ${tail}`.length, into)).toBe(true)
  expect(into.nameEnd).toBe(4)
})
