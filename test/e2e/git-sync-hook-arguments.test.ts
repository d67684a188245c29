import { afterAll, expect, setDefaultTimeout, test } from 'bun:test'
import { readFile, writeFile } from 'node:fs/promises'
import { createRepository } from '#test/fixtures/repository.ts'
import { temporaryFolder } from '#test/fixtures/temp.ts'
import { startGitSync, syncOnce, untilPublished } from './git-sync-run.ts'
import { linesOf, scriptsIn, untilLines, untilTold } from './hook-scripts.ts'

setDefaultTimeout(30_000)

const folder = temporaryFolder('hook-arguments')
afterAll(() => folder.remove())
const { path, script } = scriptsIn(folder)

const kinds = ['exechook', 'pre-publish-exechook'] as const

const odd = [
  ...['plain', 'two words', ' blanks ', '', "it's", '"quoted"', 'back\\slash'],
  ...['$HOME', '`id`', '*', ';', '--flag=value', '-', '--', 'a=b', 'größe 日本 👩🏽‍🚒'],
]

test('an exechook gets its arguments as they were given', async () => {
  await using repository = await createRepository()
  for (const kind of kinds) {
    const seen = path('seen')
    const command = `--${kind}-command=${await script(`printf '%s\\0' "$@" >${seen}`)}`
    const given = async (flags: readonly string[], env: Record<string, string> = {}) => {
      const options = { repo: repository.url, root: path('root'), env }
      const { code, errors } = await syncOnce({ ...options, flags: [command, ...flags] })
      expect({ code, errors }).toEqual({ code: 0, errors: [] })
      return (await readFile(seen, 'utf8')).split('\0').slice(0, -1)
    }
    const all = [...odd, 'two\nlines', '\ttab']
    expect(await given(all.map((arg) => `--${kind}-arg=${arg}`))).toEqual(all)
    expect(await given(all.flatMap((arg) => [`--${kind}-arg`, arg]))).toEqual(all)
    const name = `GITSYNC_${kind.toUpperCase().replaceAll('-', '_')}_ARG`
    expect(await given([], { [name]: odd.join('\n') })).toEqual(odd)
    expect(await given([], { [name]: 'a block\nof text\n' })).toEqual(['a block', 'of text'])
    expect(await given([`--${kind}-arg=flag`], { [name]: 'a\nb' })).toEqual(['flag'])
  }
})

test('each exechook has arguments of its own, and a shell may be one', async () => {
  await using repository = await createRepository()
  const seen = path('seen')
  const record = (word: string) => `echo "${word} $0 $1 $GITSYNC_HASH" >>${seen}`
  const flags = kinds.flatMap((kind) => [
    ...[`--${kind}-command=sh`, `--${kind}-arg=-c`, `--${kind}-arg=${record(kind)}`],
    ...[`--${kind}-arg=zero of ${kind}`, `--${kind}-arg=one`],
  ])
  await syncOnce({ repo: repository.url, root: path('root'), flags })
  const commit = await repository.resolve()
  expect((await linesOf(seen)).toSorted()).toEqual(
    kinds.map((kind) => `${kind} zero of ${kind} one ${commit}`),
  )
})

test('hooks are told which commit was served before, also after a restart, and the ref', async () => {
  await using repository = await createRepository()
  const [root, seen] = [path('root'), path('seen')]
  const record = (kind: string) =>
    script('set -u', `echo "${kind} [$GITSYNC_PREVIOUS_HASH] $GITSYNC_HASH $GITSYNC_REF" >>${seen}`)
  const flags = [
    ...[`--exechook-command=${await record('exechook')}`, '--ref=main'],
    `--pre-publish-exechook-command=${await record('pre-publish')}`,
  ]
  const env = { GITSYNC_REF: 'other', GITSYNC_PREVIOUS_HASH: 'inherited' }
  const told = async () => {
    await syncOnce({ repo: repository.url, root, flags, env })
    const lines = (await linesOf(seen)).toSorted()
    await writeFile(seen, '')
    return lines
  }
  const first = await repository.resolve()
  expect(await told()).toEqual([`exechook [] ${first} main`, `pre-publish [] ${first} main`])
  expect(await told()).toEqual([`exechook [] ${first} main`])
  const second = await repository.publish({ a: '2\n' })
  expect(await told()).toEqual([
    `exechook [${first}] ${second} main`,
    `pre-publish [${first}] ${second} main`,
  ])
  expect(await told()).toEqual([`exechook [${first}] ${second} main`])
})

test('a hook that missed some commits is told what it was told of last', async () => {
  await using repository = await createRepository()
  const [root, seen, gate] = [path('root'), path('seen'), path('gate')]
  const hook = await script(
    `echo "[$GITSYNC_PREVIOUS_HASH] $GITSYNC_HASH" >>${seen}`,
    `while [ ! -e ${gate} ]; do sleep 0.05; done`,
    // the second run fails once, and is tried again
    `[ $(wc -l <${seen}) != 2 ]`,
  )
  const flags = [`--exechook-command=${hook}`, '--exechook-backoff=1s']
  await using sidecar = startGitSync({ repo: repository.url, root, flags })
  const first = await repository.resolve()
  await untilLines(seen, 1)
  await untilPublished(`${root}/site`, await repository.publish({ a: '2\n' }))
  const third = await repository.publish({ a: '3\n' })
  await untilTold(sidecar, third)
  await writeFile(gate, '')
  await untilLines(seen, 3)
  const fourth = await repository.publish({ a: '4\n' })
  expect(await untilLines(seen, 4)).toEqual([
    `[] ${first}`,
    `[${first}] ${third}`,
    `[${first}] ${third}`,
    `[${third}] ${fourth}`,
  ])
})
