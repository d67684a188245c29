import { withoutLogin } from '#git-sync/git/repository-url.ts'
import { defineOptionGroup } from '#kit/options.ts'
import { noOption, repository } from './checks.ts'

export const what = defineOptionGroup('What to sync', {
  repo: {
    flag: 'repo',
    kind: 'string',
    default: '',
    env: 'GITSYNC_REPO',
    envAliases: ['GIT_SYNC_REPO'],
    value: 'URL',
    help: 'The git repository: an http(s), ssh or file URL, or a path (required)',
    check: repository,
    shown: withoutLogin,
  },
  ref: {
    flag: 'ref',
    kind: 'string',
    default: 'HEAD',
    env: 'GITSYNC_REF',
    value: 'REF',
    help: 'The branch, tag, full ref name or full hash to follow; a tag wins over a branch',
    check: noOption,
  },
  depth: {
    flag: 'depth',
    kind: 'int',
    default: 1,
    env: 'GITSYNC_DEPTH',
    envAliases: ['GIT_SYNC_DEPTH'],
    help: 'Commits of history to fetch; 0 is all of it',
    check: (depth: number) => (depth < 0 ? 'must be 0 or more' : null),
  },
  filter: {
    flag: 'filter',
    kind: 'string',
    default: '',
    env: 'GITSYNC_FILTER',
    value: 'SPEC',
    help: 'A partial clone: handed to git as it is, like blob:none or tree:0',
  },
  submodules: {
    flag: 'submodules',
    kind: 'string',
    default: 'recursive',
    env: 'GITSYNC_SUBMODULES',
    envAliases: ['GIT_SYNC_SUBMODULES'],
    choices: ['recursive', 'shallow', 'off'],
    value: 'MODE',
    help: 'Which submodules are in the tree: all, those of its first level, or none',
  },
  sparseCheckoutFile: {
    flag: 'sparse-checkout-file',
    kind: 'string',
    default: '',
    env: 'GITSYNC_SPARSE_CHECKOUT_FILE',
    envAliases: ['GIT_SYNC_SPARSE_CHECKOUT_FILE'],
    value: 'PATH',
    help: 'A file of patterns, one a line: only what they match is in the tree',
  },
})
