import type { GitSyncOptions } from '#git-sync/options/settle.ts'

export type OptionName = keyof GitSyncOptions

/** How an option of git-sync stands to the one of kubernetes/git-sync v4 with the same name. */
export interface OptionRow {
  readonly verdict: 'same' | 'better' | 'different' | 'new'
  /** What differs, in one sentence without a final stop; empty when nothing does. */
  readonly why: string
  /** The test, or a part of its name, that fails without the option; `file` is in test/e2e. */
  readonly heldBy: { readonly file: string; readonly name: string }
  /** It is taken and means nothing: the test shows that it is taken. */
  readonly isIgnored?: true
}

type HeldBy = readonly [file: string, name: string]

function same(file: string, name: string): OptionRow {
  return { verdict: 'same', why: '', heldBy: { file, name } }
}

function better(why: string, [file, name]: HeldBy): OptionRow {
  return { verdict: 'better', why, heldBy: { file, name } }
}

function different(why: string, [file, name]: HeldBy): OptionRow {
  return { verdict: 'different', why, heldBy: { file, name } }
}

/** The program replaced has none of that name. */
function added(why: string, [file, name]: HeldBy): OptionRow {
  return { verdict: 'new', why, heldBy: { file, name } }
}

function ignored(file: string, name: string): OptionRow {
  return { ...same(file, name), isIgnored: true }
}

/** Each option, in the order of help. */
export const optionRows: Readonly<Record<OptionName, OptionRow>> = {
  repo: same(
    'git-sync-options',
    'all that is needed may come by the environment, new names and old',
  ),
  ref: same(
    'git-sync-refs',
    'a ref is a branch, a tag, a full name or a full hash, and a tag wins',
  ),
  depth: same(
    'git-sync-depth',
    'each run that moves on leaves one tree and one pack, with any history',
  ),
  filter: better('follows a changed `--repo`; one that is dropped stops to apply', [
    'git-sync-filter',
    'blob:none brings the files of the tree alone',
  ]),
  submodules: better('one whose commit did not change is not fetched again', [
    'git-sync-submodules',
    'with --submodules=shallow the submodules are filled, and theirs are not',
  ]),
  sparseCheckoutFile: better(
    'a changed file is followed without a new commit; the old tree stays while it cannot be read',
    ['git-sync-sparse', 'the patterns say which files the tree has'],
  ),
  root: same(
    'git-sync-options',
    'all that is needed may come by the environment, new names and old',
  ),
  link: better('a folder in the way is told by name and mended as soon as it is gone', [
    'git-sync-link',
    'a link is relative to the root, nested, or anywhere else',
  ]),
  publish: added(
    'a folder that is exchanged at once, or whose changed files are replaced, for consumers that cannot follow a link',
    ['git-sync-publish-modes', 'each mode serves the same files at --link'],
  ),
  subdir: added('one folder of the repository is published', [
    'git-sync-subdir',
    'one folder of the repository is published, and nothing else of it',
  ]),
  symlinks: added('links that leave the tree, or all, can be refused', [
    'git-sync-symlinks',
    'a commit with a link that leaves the tree is not published',
  ]),
  keep: added('trees of earlier commits that stay', [
    'git-sync-keep',
    'the newest trees of earlier commits stay, as many as --keep says',
  ]),
  errorFile: same(
    'git-sync-options',
    'touch and error file may stand anywhere, in folders that are made for them',
  ),
  touchFile: same(
    'git-sync-options',
    'touch and error file may stand anywhere, in folders that are made for them',
  ),
  addUser: same(
    'git-sync-rights',
    '--add-user adds a line for a uid that nobody knows, once, and says when it cannot',
  ),
  groupWrite: same(
    'git-sync-rights',
    '--group-write lets the group write all but the .git file of a tree, and nobody else',
  ),
  staleWorktreeTimeoutMs: better(
    'a tree stays for `--spare-grace` at least, for those who have it open',
    ['git-sync-options', '--stale-worktree-timeout keeps a tree that another took the place of'],
  ),
  spareWorktree: added(
    'a second tree, kept while running, becomes the next one by what changed; `false` writes each tree anew',
    ['git-sync-spare', 'without --spare-worktree each commit has a new tree, and one is there'],
  ),
  spareGraceMs: added(
    'how long readers find an old tree under its name, before it is used again or removed',
    ['git-sync-spare', 'a tree stays for its readers as long as --spare-grace says'],
  ),
  fsync: added('what is served is on the disk before it is shown', [
    'git-sync-fsync',
    'files are on the disk before folders, and these before the link flips',
  ]),
  gateCommand: added('a program that must agree before a commit is served', [
    'git-sync-gate',
    'a commit that the gate refuses is not served, and the next one is asked about',
  ]),
  gateArg: added('its arguments', [
    'git-sync-gate',
    'the gate gets its arguments as they were given, and no secret',
  ]),
  gateTimeoutMs: added('its time limit', [
    'git-sync-gate',
    'a gate that hangs is ended with all that it started, and asked again',
  ]),
  verifySignatures: added('only what is signed by a key of yours is served', [
    'git-sync-signatures',
    'a commit without a good signature is not served with',
  ]),
  allowedSignersFile: added('who may sign with ssh', [
    'git-sync-signatures',
    'a commit without a good signature is not served with',
  ]),
  gpgKeysFile: added('who may sign with gpg', [
    'git-sync-signatures',
    'a commit without a good signature is not served with',
  ]),
  periodMs: better(
    'up to a tenth shorter, so that replicas stay apart; longer and longer while the host fails',
    ['git-sync-loop', 'the host is asked once a period'],
  ),
  initPeriodMs: same(
    'git-sync-loop',
    'the initial period is the pause until the first good sync, and the other one after it',
  ),
  syncTimeoutMs: better('all that a git started ends with it', [
    'git-sync-loop',
    'a host that never answers holds a pass up until its limit, and nothing stays behind',
  ]),
  oneTime: same(
    'git-sync-loop',
    'one-time mode ends with 0 after a sync and with 1 after a failure',
  ),
  maxFailures: better('when nobody sets it, a tree that is served keeps the program running', [
    'git-sync-loop',
    'a limit that somebody gave is kept, tree or no tree',
  ]),
  initMaxFailures: same(
    'git-sync-loop',
    'the initial limit holds until the first good sync, and the other one after it',
  ),
  syncOnSignal: better(
    'works also when the ref is a hash; a signal that cannot be had is refused',
    ['git-sync-signal', 'a signal asks for a sync at once, by name, by short name and by number'],
  ),
  pushSecretFile: added('a push is served at once: any git host tells of it, proven by a secret', [
    'git-sync-push',
    'a proven delivery of the branch that is followed is served at once',
  ]),
  pushBind: added('a listener of its own for deliveries', [
    'git-sync-push',
    '--push-bind is a listener of its own',
  ]),
  pushRepo: added('what deliveries call the repository, when that is not how `--repo` ends', [
    'git-sync-push',
    'a delivery that tells of another repository does nothing',
  ]),
  pushPeers: added('one delivery reaches all replicas', [
    'git-sync-push-peers',
    'one delivery reaches all replicas behind one name',
  ]),
  exechookCommand: better('gets none of our secrets, and its tree stays while it runs', [
    'git-sync-hooks',
    'an exechook is a path with blanks, a name on the PATH, or a program of the tree',
  ]),
  exechookArg: added('its arguments, as they were given', [
    'git-sync-hook-arguments',
    'an exechook gets its arguments as they were given',
  ]),
  exechookTimeoutMs: better('all that it started ends with it', [
    'git-sync-hooks',
    'each exechook is ended at its own time limit with all that it started',
  ]),
  exechookBackoffMs: same('git-sync-hooks', 'each exechook is tried again after its own pause'),
  prePublishExechookCommand: better('gets none of our secrets, and its tree stays while it runs', [
    'git-sync-hooks',
    'the pre-publish exechook gets the new hash, the new tree and no arguments',
  ]),
  prePublishExechookArg: added('its arguments, as they were given', [
    'git-sync-hook-arguments',
    'an exechook gets its arguments as they were given',
  ]),
  prePublishExechookTimeoutMs: better('all that it started ends with it', [
    'git-sync-hooks',
    'each exechook is ended at its own time limit with all that it started',
  ]),
  prePublishExechookBackoffMs: same(
    'git-sync-hooks',
    'each exechook is tried again after its own pause',
  ),
  webhookUrl: better(
    'may be given several times; there the last one wins; a URL is in no log and in no hook’s environment',
    [
      'git-sync-webhook',
      'the webhook is asked once for each change and at the start, with the hash and no body',
    ],
  ),
  webhookMethod: different('a method of the HTTP standard; an unknown one is an error in the log', [
    'git-sync-webhook',
    'the webhook is asked by the given method',
  ]),
  webhookSuccessStatus: same(
    'git-sync-webhook',
    'one status is a success, 200 when none is given; 0 and -1 take any',
  ),
  webhookTimeoutMs: same('git-sync-webhook', 'a webhook has its time limit, and no more than that'),
  webhookBackoffMs: same(
    'git-sync-webhook',
    'the pause before the webhook is asked again is its own',
  ),
  webhookBody: added('the commit, the one before, the ref and the time as JSON', [
    'git-sync-webhook-body',
    'a webhook with a body is told commit, previous commit, ref and time',
  ]),
  webhookSecretFile: added('the body is signed', [
    'git-sync-webhook-body',
    'a body is signed with the secret of that moment',
  ]),
  username: same(
    'git-sync-credentials',
    'the login of --repo is for all of its host where no longer URL has another one',
  ),
  password: same(
    'git-sync-credentials',
    'the login of --repo is for all of its host where no longer URL has another one',
  ),
  passwordFile: better('a file of two lines is refused in one clear line', [
    'git-sync-credentials',
    'a new password is used without a restart, whoever changes first',
  ]),
  credential: better(
    'the longest URL wins, with its path; an environment that cannot be read is an error',
    [
      'git-sync-credentials',
      'each path of a host gets the login of the longest URL that it begins with',
    ],
  ),
  sshKeyFile: better('a path may hold blanks and quotes', [
    'git-sync-ssh',
    'several keys, each for its own host, from flags and from the environment',
  ]),
  sshKnownHosts: same(
    'git-sync-ssh',
    'a host is trusted by the known-hosts file alone, or all are',
  ),
  sshKnownHostsFile: better('a path may hold blanks and quotes', [
    'git-sync-ssh',
    'keys and known hosts in strange paths',
  ]),
  cookieFile: same('git-sync-cookie', 'cookies of the file open a host that asks for one'),
  askpassUrl: better('the answer is in no log and no credential cache', [
    'git-sync-askpass',
    'the login that a URL tells is the login of the repository',
  ]),
  githubBaseUrl: same(
    'git-sync-github-app',
    'the app by its number, the key from the environment, the API below a path',
  ),
  githubAppPrivateKey: same(
    'git-sync-github-app',
    'the app by its number, the key from the environment, the API below a path',
  ),
  githubAppPrivateKeyFile: better(
    'read each time a token is asked for; one that cannot be read fails the sync, not the process',
    ['git-sync-github-app', 'a key that is changed in its file is used without a restart'],
  ),
  githubAppClientId: better('clocks may differ by a minute', [
    'git-sync-github-app',
    'a token of the app is the login of the repository',
  ]),
  githubAppApplicationId: better('clocks may differ by a minute', [
    'git-sync-github-app',
    'the app by its number, the key from the environment, the API below a path',
  ]),
  githubAppInstallationId: same(
    'git-sync-github-app',
    'what is wrong with the app is one line that says what to check',
  ),
  git: same(
    'git-sync-options',
    'a program given by --git is a name, a path, or a path from the working folder',
  ),
  gitConfig: different(
    'settings that the safety of the root rests on stay ours, with a warning; bad keys are refused at the start',
    [
      'git-sync-config',
      'a setting shapes what is checked out, by flag, by one pair each and by environment',
    ],
  ),
  gitConfigAdd: different('as `--git-config`', [
    'git-sync-config',
    'a setting shapes what is checked out, by flag, by one pair each and by environment',
  ]),
  gitGc: same('git-sync-gc', '--git-gc=off cleans nothing'),
  httpBind: same(
    'git-sync-pprof',
    '/debug/pprof/ lists what there is, and says so of what there is not',
  ),
  httpMetrics: same(
    'git-sync-metrics',
    'all that is told of a known history is what the file in test/golden says',
  ),
  httpPprof: different(
    'an index, a CPU profile for the tools of V8, figures of memory; no heap snapshot, which holds passwords',
    ['git-sync-pprof', '/debug/pprof/ lists what there is, and says so of what there is not'],
  ),
  verbose: same(
    'git-sync-options',
    'each level of verbosity shows what the one below shows, and more',
  ),
  oldBranch: same('git-sync-options', '--branch and --rev are refs, and --timeout ends a sync'),
  oldRev: same('git-sync-options', '--branch and --rev are refs, and --timeout ends a sync'),
  oldDest: same('git-sync-options', 'a command line of version 3 does what it did'),
  oldWaitSeconds: same('git-sync-options', 'a command line of version 3 does what it did'),
  oldTimeoutSeconds: same(
    'git-sync-options',
    '--branch and --rev are refs, and --timeout ends a sync',
  ),
  oldMaxSyncFailures: same('git-sync-options', 'a command line of version 3 does what it did'),
  oldSyncHookCommand: same('git-sync-options', 'a command line of version 3 does what it did'),
  oldPassword: same('git-sync-options', 'a command line of version 3 does what it did'),
  oldVerbose: same(
    'git-sync-options',
    'each level of verbosity shows what the one below shows, and more',
  ),
  oldSsh: ignored('git-sync-options', 'a command line of version 3 does what it did'),
  oldChangePermissions: same(
    'git-sync-contradictions',
    'what cannot be is one line, exit code 1, a line in the error file, no change',
  ),
}
