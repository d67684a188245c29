/** How git-sync behaves where options say nothing, beside kubernetes/git-sync v4. */
export interface Behaviour {
  readonly what: string
  /** What v4 does. */
  readonly there: string
  /** What this one does; empty when it is the same. */
  readonly here: string
  /** The test that holds it, or a part of its name; `file` is in test. */
  readonly heldBy: { readonly file: string; readonly name: string }
}

function held(file: string, name: string): Behaviour['heldBy'] {
  return { file, name }
}

/** What manifests, dashboards and scripts rest on. */
export const kept: readonly Behaviour[] = [
  {
    what: 'the link',
    there: 'relative; its last part is the full hash; a working tree of git from any mount path',
    here: '',
    heldBy: held('e2e/git-sync-link', 'the tree is a working tree of git under any path'),
  },
  {
    what: 'depth changed between runs',
    there: 'takes effect at the next start',
    here: '',
    heldBy: held('e2e/git-sync-depth', 'another depth takes effect at a restart'),
  },
  {
    what: 'a one-time run to another commit',
    there: 'leaves one tree and no unreachable object',
    here: '',
    heldBy: held(
      'e2e/git-sync-depth',
      'each run that moves on leaves one tree and one pack, with any history',
    ),
  },
  {
    what: 'hooks',
    there: 'at each change and once at the start; never waited for, the newest commit wins',
    here: '',
    heldBy: held(
      'e2e/git-sync-signs',
      'a slow or failing exechook holds no publication up, and the newest commit wins',
    ),
  },
  {
    what: 'hooks in one-time mode',
    there: 'once each, waited for; one that fails makes exit code 1',
    here: '',
    heldBy: held(
      'e2e/git-sync-signs',
      'in one-time mode the exechook runs once, is waited for, and its failure is exit code 1',
    ),
  },
  {
    what: 'metrics',
    there: '`git_sync_*` and `git_fetch_count_total` with their labels and meanings',
    here: '',
    heldBy: held(
      'e2e/git-sync-signs',
      'metrics count successes, passes without news, errors and hooks under the known names',
    ),
  },
  {
    what: '`/`',
    there: '503 until the first good sync of the process, then 200',
    here: '',
    heldBy: held(
      'e2e/git-sync-signs',
      '/ and /readyz tell of the first sync, and a failing host takes nothing back',
    ),
  },
  {
    what: 'a root inside another repository',
    there: 'is a root of its own',
    here: '',
    heldBy: held(
      'e2e/git-sync-roots-of-others',
      'a root inside another repository leaves that one alone',
    ),
  },
  {
    what: 'a wrapper given by `--git`',
    there: 'transfers are `$GIT fetch <url> …`; `git credential fill` tells it the login',
    here: '',
    heldBy: held('e2e/git-sync-askpass', 'a program given by --git is told the login by git'),
  },
  {
    what: 'a hook and the touch file',
    there: 'the hook has started within 100 ms of the touch',
    here: '',
    heldBy: held(
      'e2e/git-sync-hooks',
      'the touch file is touched while a hook that it does not wait for runs',
    ),
  },
  {
    what: 'askpass and webhook ends that are shell scripts',
    there: 'bare line feeds, no length and an early end are understood',
    here: '',
    heldBy: held('e2e/git-sync-askpass', 'a server that is a line of shell is understood'),
  },
  {
    what: 'the metrics page',
    there: 'is taken by Prometheus; its whole text is kept as a golden file',
    here: '',
    heldBy: held(
      'e2e/git-sync-metrics',
      'all that is told of a known history is what the file in test/golden says',
    ),
  },
]

/** Where it does otherwise, by decision. */
export const changed: readonly Behaviour[] = [
  {
    what: 'a root in doubt',
    there: 'is wiped, with what is served',
    here: 'the broken repository is moved to `.quarantine`, a new one is built beside, the link serves on',
    heldBy: held(
      'e2e/git-sync-corruption',
      'a broken repository is kept aside, and what is served stays until the new one is whole',
    ),
  },
  {
    what: 'a restart with an unchanged commit',
    there: 'runs `reset --hard` on the live tree',
    here: 'touches no file',
    heldBy: held(
      'e2e/git-sync-healing',
      'a restart with an unchanged commit touches no file and starts two gits',
    ),
  },
  {
    what: 'a link path that is a folder',
    there: 'wedges every later publication',
    here: 'an error that names it, and mended as soon as it is gone; an empty folder gives way',
    heldBy: held(
      'e2e/git-sync-link',
      'a folder with files in the way is an error that names it, and left alone',
    ),
  },
  {
    what: 'two instances that publish in one folder',
    there: 'race on one temporary name',
    here: 'do not meet',
    heldBy: held('e2e/git-sync-link', 'two instances may publish in one folder'),
  },
  {
    what: 'locks that a killed git left',
    there: 'fail every later pass, or wipe the root',
    here: 'are removed by the only writer',
    heldBy: held('e2e/git-sync-healing', 'locks that a killed git left hold nothing up'),
  },
  {
    what: 'a child that hangs',
    there: 'only the direct child is killed',
    here: 'its whole process group gets TERM, then KILL',
    heldBy: held('e2e/git-sync-loop', 'a git that ignores TERM is killed with its children'),
  },
  {
    what: 'SIGTERM',
    there: 'kills at once and leaves children and locks',
    here: 'children end, exit 143; a second one insists',
    heldBy: held(
      'e2e/git-sync-loop',
      'TERM ends it with 143, INT with 130, and running children with it',
    ),
  },
  {
    what: 'a failing host without `--max-failures`',
    there: 'ends the process at the first failure',
    here: 'does so only while nothing whole is served, and in one-time mode',
    heldBy: held(
      'e2e/git-sync-loop',
      'with a tree of an earlier process it goes on through failures, and says so',
    ),
  },
  {
    what: 'a file that lost its content with the power',
    there: 'is served for ever',
    here: 'is found at the first start after a reboot and built again',
    heldBy: held(
      'e2e/git-sync-healing',
      'a file that lost its content with the power comes back while the host is away',
    ),
  },
  {
    what: 'two processes on one root',
    there: 'write over each other',
    here: 'the second one waits, says for whom, and takes over',
    heldBy: held(
      'e2e/git-sync-loop',
      'a second one on a root waits, says for whom, answers readiness, and takes over',
    ),
  },
  {
    what: 'repositories with SHA-256 hashes',
    there: 'fail',
    here: 'are synced',
    heldBy: held(
      'e2e/git-sync-refs',
      'a repository with SHA-256 hashes is synced, also in the place of another',
    ),
  },
  {
    what: 'a change of one file',
    there: 'writes the whole tree again',
    here: 'a second tree is brought to the commit by what differs; it takes the room of a tree',
    heldBy: held(
      'e2e/git-sync-spare',
      'without --spare-worktree each commit has a new tree, and one is there',
    ),
  },
  {
    what: 'a refused command line',
    there: 'usage on stderr, the message once more on stdout',
    here: 'one line on stderr that points to `--help`; the same exit codes',
    heldBy: held('e2e/git-sync-refusals', 'one line says so, and what is served stays'),
  },
  {
    what: 'a line of the log',
    there: 'has `logger` and `caller`',
    here: '`ts`, `level` or `error`, `msg`, then fields; readable words on a terminal',
    heldBy: held(
      'e2e/git-sync-log',
      'each line is one JSON object: the time, how bad it is, what happened, then fields',
    ),
  },
  {
    what: 'a poll over http',
    there: '16 programs and 3 requests, with a login one program more for each',
    here: 'no program and one request, with a login or without',
    heldBy: held(
      'e2e/git-sync-credentials-programs',
      'a pass over http starts no program, with a login or without',
    ),
  },
  {
    what: 'submodules of which nothing changed',
    there: 'are cloned again for each commit',
    here: 'cost no request',
    heldBy: held(
      'e2e/git-sync-submodules-changes',
      'a submodule whose commit did not change is not fetched again',
    ),
  },
  {
    what: 'options that shape the tree, changed at a restart',
    there: 'wait for the next commit, or change the live tree',
    here: 'the tree of the same commit is built again beside, then flipped',
    heldBy: held(
      'e2e/git-sync-recipe',
      'changed at a restart makes the tree of the same commit again',
    ),
  },
  {
    what: 'two logins for one host',
    there: 'collide unless `credential.useHttpPath` is set',
    here: 'go by the longest URL, with its path',
    heldBy: held(
      'e2e/git-sync-credentials',
      'each path of a host gets the login of the longest URL that it begins with',
    ),
  },
  {
    what: 'a host that sends git on to another host',
    there: 'is followed, with the login that fits',
    here: 'the same, and a login never reaches a host that it is not for',
    heldBy: held(
      'e2e/git-sync-credentials',
      'a host that sends git on to another one gets the login, the other one does not',
    ),
  },
  {
    what: 'the environment of hooks',
    there: 'is all of ours, passwords too',
    here: 'has none of our secrets',
    heldBy: held(
      'e2e/git-sync-hooks',
      'an exechook gets our environment and an empty input, without our secrets',
    ),
  },
  {
    what: 'what an exechook says',
    there: 'is in the log with `-v=1`, or when it fails',
    here: 'is in the line that tells how it ended, at most 4 KiB of each output',
    heldBy: held(
      'e2e/git-sync-hooks-told',
      'what an exechook says is in the line that tells how it ended, and a quiet one adds nothing',
    ),
  },
  {
    what: 'the key of a GitHub app that cannot be read',
    there: 'ends the process in the middle of a sync',
    here: 'fails the sync; the tree stays',
    heldBy: held(
      'e2e/git-sync-github-app',
      'a key that is changed in its file is used without a restart',
    ),
  },
  {
    what: '`$GITSYNC_CREDENTIAL` that is no JSON',
    there: 'is ignored in silence',
    here: 'is an error',
    heldBy: held('e2e/git-sync-contradictions', 'what cannot be is one line'),
  },
]
