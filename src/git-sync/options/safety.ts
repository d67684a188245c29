import { defineOptionGroup } from '#kit/options.ts'

export const safety = defineOptionGroup('Safety', {
  fsync: {
    flag: 'fsync',
    kind: 'bool',
    default: false,
    env: 'GITSYNC_FSYNC',
    help: 'Wait until what changed is on the disk before it is served: files, then folders, then the link; for machines that lose power (docs/safety.md)',
  },
  gateCommand: {
    flag: 'gate-command',
    kind: 'string',
    default: '',
    env: 'GITSYNC_GATE_COMMAND',
    value: 'PATH',
    help: 'A program that must end with 0 before a commit is served, run in its tree with $GITSYNC_HASH, $GITSYNC_PREVIOUS_HASH and $GITSYNC_REF; no shell. Any other code refuses that commit, but 75, which asks it again later, as a time-out does (docs/safety.md)',
  },
  gateArg: {
    flag: 'gate-arg',
    kind: 'strings',
    default: [],
    env: 'GITSYNC_GATE_ARG',
    separator: '\n',
    value: 'TEXT',
    help: 'An argument for it, as it is, repeated for several; one a line in the environment',
  },
  gateTimeoutMs: {
    flag: 'gate-timeout',
    kind: 'duration',
    default: 30_000,
    env: 'GITSYNC_GATE_TIMEOUT',
    help: 'The longest it may take, within --sync-timeout',
  },
})
