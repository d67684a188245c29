import { expect, test } from 'bun:test'
import { parseOptions } from '#kit/options.ts'
import { options } from './options.ts'
import { type GitSyncOptions, settle } from './settle.ts'

const needed = ['--repo=r', '--root=/r']

function parse(args: readonly string[], env: Record<string, string> = {}) {
  return parseOptions(options, { args: [...needed, ...args], env, settle })
}

test('an option of version 3 stands in for its new name and wins over it', () => {
  const cases: readonly (readonly [string[], Record<string, string>, Partial<GitSyncOptions>])[] = [
    [['--branch=main', '--ref=x'], {}, { ref: 'main' }],
    [['--branch=main', '--rev=HEAD'], {}, { ref: 'main' }],
    [['--rev=v1'], {}, { ref: 'v1' }],
    [['--rev=HEAD', '--ref=x'], {}, { ref: 'HEAD' }],
    [[], { GIT_SYNC_BRANCH: 'main', GITSYNC_REF: '' }, { ref: 'main' }],
    [[], { GIT_SYNC_REV: 'v1' }, { ref: 'v1' }],
    [['--dest=old', '--link=new'], {}, { link: 'old' }],
    [[], { GIT_SYNC_DEST: 'old', GITSYNC_LINK: 'new' }, { link: 'old' }],
    [['--wait=0.5', '--period=1ms'], {}, { periodMs: 500 }],
    [[], { GIT_SYNC_WAIT: '1.5' }, { periodMs: 1500 }],
    [['--timeout=7', '--sync-timeout=1m'], {}, { syncTimeoutMs: 7000 }],
    [[], { GIT_SYNC_TIMEOUT: '7' }, { syncTimeoutMs: 7000 }],
    [['--max-sync-failures=3', '--max-failures=1'], {}, { maxFailures: 3 }],
    [[], { GIT_SYNC_MAX_SYNC_FAILURES: '-1' }, { maxFailures: -1 }],
    [['--sync-hook-command=/h', '--exechook-command=/e'], {}, { exechookCommand: '/h' }],
    [[], { GIT_SYNC_HOOK_COMMAND: '/h' }, { exechookCommand: '/h' }],
    [['--password=p', '--username=u'], { GITSYNC_PASSWORD: 'q' }, { password: 'p' }],
    [['--v=0', '--verbose=5'], {}, { verbose: 0 }],
    [['--ssh', '--change-permissions=0'], {}, {}],
  ]
  for (const [args, env, values] of cases) {
    expect(parse(args, env)).toMatchObject({ kind: 'values', values })
  }
})

test('each use of one is told, by flag and by environment', () => {
  const parsed = parse(['--wait=1', '--v=2'], { GIT_SYNC_DEST: 'x' })
  expect(parsed.kind === 'values' && parsed.warnings).toEqual([
    'env $GIT_SYNC_DEST has been deprecated, use --link instead',
    '--wait has been deprecated, use --period instead',
    '--v has been deprecated, use -v or --verbose instead',
  ])
})

test('a limit under its old name is one that somebody set', () => {
  const parsed = parse(['--max-sync-failures=3'])
  expect(parsed.kind === 'values' && parsed.given.has('maxFailures')).toBe(true)
})

test('what old names lead to is held against the checks of the new ones', () => {
  const refusals: readonly (readonly [string[], Record<string, string>, string])[] = [
    [['--wait=0.001'], {}, '--period must be at least 10ms'],
    [['--wait=-1'], {}, '--period must be at least 10ms'],
    [['--timeout=-1'], {}, '--sync-timeout must be at least 10ms'],
    [['--branch=-x'], {}, '--ref "-x" cannot begin with a dash'],
    [['--branch=a', '--rev=b'], {}, 'only one of --branch and --rev'],
    [[], { GIT_SYNC_BRANCH: 'a', GIT_SYNC_REV: 'b' }, 'only one of --branch and --rev'],
    [['--change-permissions=0755'], {}, '--change-permissions'],
    [[], { GIT_SYNC_PERMISSIONS: '1' }, '--change-permissions'],
  ]
  for (const [args, env, says] of refusals) {
    expect(parse(args, env)).toMatchObject({
      kind: 'refused',
      exitCode: 1,
      message: expect.stringContaining(says),
    })
  }
})
