import { wrongWithSignal } from '#git-sync/triggers/signal.ts'
import { defineOptionGroup } from '#kit/options.ts'
import { atLeast, initPeriod } from './checks.ts'

export const when = defineOptionGroup('When and how long', {
  periodMs: {
    flag: 'period',
    kind: 'duration',
    default: 10_000,
    env: 'GITSYNC_PERIOD',
    envAliases: ['GIT_SYNC_PERIOD'],
    help: 'The pause between two syncs, up to a tenth shorter; longer and longer while they fail',
    check: atLeast(10, '10ms'),
  },
  initPeriodMs: {
    flag: 'init-period',
    kind: 'duration',
    default: 0,
    env: 'GITSYNC_INIT_PERIOD',
    help: 'The pause between two tries until the first good sync; 0 is --period',
    check: initPeriod,
  },
  syncTimeoutMs: {
    flag: 'sync-timeout',
    kind: 'duration',
    default: 120_000,
    env: 'GITSYNC_SYNC_TIMEOUT',
    envAliases: ['GIT_SYNC_SYNC_TIMEOUT'],
    help: 'The longest a sync may take',
    check: atLeast(10, '10ms'),
  },
  oneTime: {
    flag: 'one-time',
    kind: 'bool',
    default: false,
    env: 'GITSYNC_ONE_TIME',
    envAliases: ['GIT_SYNC_ONE_TIME'],
    help: 'Exit after the first sync that succeeds',
  },
  maxFailures: {
    flag: 'max-failures',
    kind: 'int',
    default: 0,
    env: 'GITSYNC_MAX_FAILURES',
    envAliases: ['GIT_SYNC_MAX_FAILURES'],
    help: 'Exit after this many failed syncs in a row: 0 and 1 are the first one, negative is never; when nobody sets it, a tree that is served keeps the program running',
  },
  initMaxFailures: {
    flag: 'init-max-failures',
    kind: 'int',
    default: 0,
    env: 'GITSYNC_INIT_MAX_FAILURES',
    help: 'The same until the first good sync; when nobody sets it, --max-failures',
  },
  syncOnSignal: {
    flag: 'sync-on-signal',
    kind: 'string',
    default: '',
    env: 'GITSYNC_SYNC_ON_SIGNAL',
    envAliases: ['GIT_SYNC_SYNC_ON_SIGNAL'],
    value: 'SIGNAL',
    help: 'A signal that asks for a sync now: SIGHUP, HUP or its number',
    check: wrongWithSignal,
  },
})
