import { describe, expect, test } from 'bun:test'
import { changesOf, namesTarget, pushTargetOf } from './push-target.ts'

function target(repo: string, pushRepo: readonly string[] = [], ref: string | null = 'main') {
  return pushTargetOf({ repo, pushRepo, ref })
}

describe('the repository of a delivery', () => {
  test('is ours when its last two parts are those of --repo, in whatever form', () => {
    const same = [
      ...['Ada/Site', 'https://git.example.org/ada/site.git', 'git@git.example.org:ada/site.git'],
      ...['ssh://git@git.example.org:2222/ada/site', 'https://h/scm/ADA/site.git?x#y'],
      ...[
        'https://dev.azure.com/org/ada/_git/site',
        'git@ssh.dev.azure.com:v3/org/ada/site',
        'git://h/ada/site.git/',
      ],
    ]
    for (const repo of same.slice(1)) {
      for (const name of same)
        expect([repo, name, namesTarget(target(repo), [name])]).toEqual([repo, name, true])
      for (const name of ['ada/other', 'eve/site', 'site', 'https://h/site.git', 'ada/site/x']) {
        expect([repo, name, namesTarget(target(repo), [name])]).toEqual([repo, name, false])
      }
    }
  })

  test('is ours when one of its names is, and when it has none', () => {
    const ours = target('https://h/group/sub/site.git')
    expect(namesTarget(ours, ['other/name', 'group/sub/site'])).toBe(true)
    expect(namesTarget(ours, [])).toBe(true)
  })

  test('cannot be told from a path or a URL of one part: each one counts', () => {
    const paths = ['/srv/ada/site.git', 'srv/ada/site', 'file:///srv/ada/site.git', './a:b/site']
    for (const repo of [...paths, 'https://h/site.git', 'git@h:site.git']) {
      expect([repo, namesTarget(target(repo), ['eve/other'])]).toEqual([repo, true])
    }
  })

  test('is what --push-repo says, and then not how --repo ends', () => {
    const ours = target('https://h/ada/site.git', [
      'team/pages',
      'https://x.example/a/b.git',
      'solo',
    ])
    for (const name of ['team/pages', 'x/team/pages', 'A/B', 'any/solo', 'solo']) {
      expect([name, namesTarget(ours, [name])]).toEqual([name, true])
    }
    for (const name of ['ada/site', 'team/pages2', 'team', 'a/solo2']) {
      expect([name, namesTarget(ours, [name])]).toEqual([name, false])
    }
  })
})

describe('a ref of a delivery', () => {
  const refs = ['refs/heads/main', 'refs/tags/main', 'refs/heads/x/main', 'refs/tags/v1', 'refs/x']
  const meant = (ref: string | null): readonly string[] =>
    changesOf(
      target('h:a/b', [], ref),
      refs.map((ref) => ({ ref })),
    ).map((change) => change.ref)

  test('is meant by its short name, as a branch or a tag', () => {
    expect(meant('main')).toEqual(['refs/heads/main', 'refs/tags/main'])
    expect(meant('heads/main')).toEqual(['refs/heads/main'])
    expect(meant('x')).toEqual(['refs/x'])
    expect(meant('mai')).toEqual([])
  })

  test('is meant by its full name alone', () => {
    expect(meant('refs/heads/main')).toEqual(['refs/heads/main'])
    expect(meant('refs/tags/v1')).toEqual(['refs/tags/v1'])
  })

  test('may be what HEAD is when it is a branch', () => {
    expect(meant('HEAD')).toEqual(['refs/heads/main', 'refs/heads/x/main'])
  })

  test('is never meant by a hash', () => {
    expect(meant(null)).toEqual([])
  })
})
