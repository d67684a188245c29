import { expect, test } from 'bun:test'
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'

const src = resolve(import.meta.dir, '../src')

/** Imports point down only. A room may import itself and the rooms named here, nothing else. */
const rooms: Record<string, readonly string[]> = {
  kit: [],
  'git-sync/git': ['kit'],
  'git-sync/credentials': ['git-sync/git', 'kit'],
  'git-sync/remote': ['git-sync/credentials', 'git-sync/git', 'kit'],
  'git-sync/tree': ['git-sync/git', 'kit'],
  'git-sync/gate': ['git-sync/hooks', 'git-sync/tree', 'git-sync/git', 'kit'],
  'git-sync/publish': ['git-sync/gate', 'git-sync/tree', 'git-sync/git', 'kit'],
  'git-sync/triggers': ['kit'],
  'git-sync/hooks': ['kit'],
  'git-sync': [
    'git-sync/git',
    'git-sync/credentials',
    'git-sync/remote',
    'git-sync/tree',
    'git-sync/gate',
    'git-sync/publish',
    'git-sync/triggers',
    'git-sync/hooks',
    'kit',
  ],
  'topz/procfs': ['kit'],
  'topz/cgroupfs': ['kit'],
  'topz/sample': ['topz/procfs', 'topz/cgroupfs', 'kit'],
  'topz/model': ['topz/sample', 'topz/cgroupfs'],
  'topz/history': ['topz/model'],
  'topz/views': ['topz/history', 'topz/model', 'kit'],
  'topz/page': ['topz/views', 'topz/history', 'topz/model'],
  topz: [
    'topz/procfs',
    'topz/cgroupfs',
    'topz/sample',
    'topz/model',
    'topz/history',
    'topz/views',
    'topz/page',
    'kit',
  ],
  '.': ['git-sync', 'topz', 'kit'],
}

const files = readdirSync(src, { recursive: true, encoding: 'utf8' }).filter((name) =>
  /\.tsx?$/.test(name),
)

function roomOf(file: string): string {
  for (let dir = dirname(file); dir !== '.'; dir = dirname(dir)) if (dir in rooms) return dir
  return '.'
}

function importsOf(file: string): string[] {
  const text = readFileSync(join(src, file), 'utf8')
  const found = text.matchAll(/(?:from|import)\s*\(?\s*'([^']+)'/g)
  return [...found].map((match) => match[1] ?? '')
}

/** The room that an import reaches, or null when it leaves the source. */
function targetRoom(file: string, specifier: string): string | null {
  if (specifier === '#package.json') return null
  // what a test starts or sends stands in test/fixtures; nothing else may use it
  if (specifier.startsWith('#test/fixtures/')) return file.endsWith('.test.ts') ? null : 'test'
  if (specifier.startsWith('.')) {
    return roomOf(relative(src, resolve(src, dirname(file), specifier)))
  }
  if (specifier.startsWith('#')) return roomOf(specifier.slice(1))
  return null
}

test('every import points down the table of rooms', () => {
  expect(files.length).toBeGreaterThan(10)
  const wrong: string[] = []
  for (const file of files) {
    const room = roomOf(file)
    for (const specifier of importsOf(file)) {
      const target = targetRoom(file, specifier)
      if (target === null || target === room || rooms[room]?.includes(target)) continue
      wrong.push(`${file} (${room}) imports ${specifier} (${target})`)
    }
  }
  expect(wrong).toEqual([])
})

test('files of one room meet by a relative path, rooms by #room', () => {
  const wrong: string[] = []
  for (const file of files) {
    for (const specifier of importsOf(file)) {
      const target = targetRoom(file, specifier)
      if (target === null) continue
      const same = target === roomOf(file)
      if (specifier.startsWith('.') !== same) wrong.push(`${file} imports ${specifier}`)
    }
  }
  expect(wrong).toEqual([])
})

test('kit never says git or proc', () => {
  const wrong = files
    .filter((file) => roomOf(file) === 'kit' && !/(\.test|-for-tests)\.ts$/.test(file))
    .filter((file) => /\bgit\b|\/proc\b/i.test(readFileSync(join(src, file), 'utf8')))
  expect(wrong).toEqual([])
})

const onlyHere: readonly (readonly [what: string, pattern: RegExp, file: string])[] = [
  ['programs are started', /Bun\.spawn|node:child_process/, 'kit/command.ts'],
  [
    'process.argv, environment, signals and exit are touched',
    /process\.(argv|argv0|env|exit|exitCode|on|once)\b|Bun\.(argv|env)\b/,
    'kit/run.ts',
  ],
]

for (const [what, pattern, home] of onlyHere) {
  test(`${what} only in ${home}`, () => {
    const others = files
      .filter((file) => file !== home && !file.endsWith('.test.ts') && !file.includes('/page/'))
      // the doorbells hand run's answer to the process, as style asks
      .filter((file) => {
        const text = readFileSync(join(src, file), 'utf8').replace(
          /^process\.exitCode = await run\(/gm,
          '',
        )
        return pattern.test(text)
      })
    expect(others).toEqual([])
  })
}

test('what costs megabytes in every pod is loaded only by who needs it', () => {
  // measured: each of these takes 1 to 2 MB when it is loaded, used or not
  const heavy =
    /^import (?!type\b).* from 'node:(child_process|crypto|http|https|inspector.*|net|readline.*|stream.*|tls|tty|zlib)'$|process\.(stdin|stdout|stderr)\b/m
  const wrong = files
    .filter((file) => !file.endsWith('.test.ts') && !file.includes('/page/'))
    .filter((file) => heavy.test(readFileSync(join(src, file), 'utf8')))
  expect(wrong).toEqual([])
})

test('every room has a README of at most eight lines', () => {
  const wrong: string[] = []
  for (const room of Object.keys(rooms)) {
    if (!files.some((file) => roomOf(file) === room)) continue
    try {
      const lines = readFileSync(join(src, room, 'README.md'), 'utf8')
        .trimEnd()
        .split('\n').length
      if (lines > 8) wrong.push(`${room}: ${lines} lines`)
    } catch {
      wrong.push(`${room}: none`)
    }
  }
  expect(wrong).toEqual([])
})
