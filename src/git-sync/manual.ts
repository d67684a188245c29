import type { OptionTable } from '#kit/options.ts'
import { optionsText } from '#kit/options-docs.ts'
import { version } from '#kit/version.ts'

/** The text of `--man`: what people rest on, and all options as the table has them. */
export function manual(table: OptionTable): string {
  return [
    section('NAME', `git-sync ${version} - ${table.summary}`),
    section('SYNOPSIS', 'git-sync --repo=URL --root=PATH [options]'),
    ...Object.entries(before).map(([title, text]) => section(title, text)),
    `OPTIONS\n${indented(optionsText(table))}`,
    ...Object.entries(after).map(([title, text]) => section(title, text)),
  ].join('\n\n')
}

function section(title: string, text: string): string {
  return `${title}\n${indented(text.trim())}`
}

function indented(text: string): string {
  return text.replace(/^(?=.)/gm, '  ')
}

const before: Readonly<Record<string, string>> = {
  DESCRIPTION: `
git-sync asks a git repository where a branch, a tag or HEAD is, fetches the commit when it has
moved, checks it out beside what is served, and then lets a symbolic link point to it. Whoever
follows the link finds a whole commit at any moment: the old one or the new one.

It does so every --period until it is stopped, or once with --one-time. It takes the options and
the environment of kubernetes/git-sync v4 and may take over a root that that program made.`,

  'FILES AND LINKS': `
<link>                     relative symbolic link to the tree that is served; the last part of its
                           target is the full hash of the commit
<root>/.worktrees/<hash>   the tree of a commit, a working tree of git under any mount path
<root>/.git                the repository; private
<root>/.quarantine         a broken repository that was moved aside; one is kept
<root>/.git-sync.lock      held while a git-sync writes to the root: a second one waits
<touch-file>               touched at the start and at each change
<error-file>               there while something is wrong: {"Msg", "Err", "Args"} as JSON, or the
                           plain text of a configuration that is refused

Follow the link and nothing else: an old tree goes away a moment after the link has left it
(--stale-worktree-timeout makes that longer).`,
}

const after: Readonly<Record<string, string>> = {
  ENVIRONMENT: `
Each option can be set by the variable that is shown beside it. A flag wins over the environment.
An older name of a variable (GIT_SYNC_ instead of GITSYNC_) wins over the new one, with a warning.
A variable that is set and empty is a value: an empty duration or number is refused.

HOME, PATH, TMPDIR, the proxy variables and GIT_SSH_COMMAND mean what they mean to git. Variables
that would lead git to another repository or to other settings have no effect: see below.`,

  'SETTINGS FOR GIT': `
git reads no settings of the machine or of the user, only those of --git-config and
--git-config-add: KEY:VALUE,KEY:VALUE,… A key is all up to the next colon, a value all up to the
next comma; either may stand in double quotes. In values and in quotes \\n, \\t, \\", \\, and \\\\ stand
for a line end, a tab and themselves. A key that comes again overwrites.

    --git-config='http.proxy:http://proxy:3128,core.autocrlf:input'
    --git-config-add='"http.https://host.example/.extraHeader":"X-Team: web"'

A few settings are git-sync's own, because the safety of the root rests on them (safe.directory,
gc.autoDetach, maintenance.auto, core.hooksPath, core.fsmonitor, fetch.recurseSubmodules): they
stay as they are, with a warning.`,

  CREDENTIALS: `
http(s): user and password in --repo, --username with $GITSYNC_PASSWORD or --password-file,
--credential for several (the longest URL wins), --askpass-url, a GitHub app, or a cookie file.
ssh: --ssh-key-file and --ssh-known-hosts-file. Files and URLs are read again before each sync, so
that a new secret needs no restart. Secrets reach git by its own credential mechanism: no argument,
no file and no log line holds them.

Over ssh polls share one connection, which an ssh in the background keeps, unless --period is longer
than a minute or somebody has own ways for ssh ($GIT_SSH_COMMAND, core.sshCommand); -v=1 says why.`,

  HOOKS: `
A hook is told of each tree that is published and, when git-sync starts, of the one that is served.
It never holds a publication up; it is tried again after its back-off until it succeeds, always with
the newest commit. With --one-time each hook runs once and is waited for, and one that fails makes
the exit code 1.

An exechook runs in the tree, with the arguments that are given and without secrets of git-sync's. In
its environment are GITSYNC_HASH, GITSYNC_PREVIOUS_HASH (what it was told of before; empty when nobody
knows) and GITSYNC_REF (--ref). What it says is in the log, at most 4 KiB of each output. No shell
reads the command; --exechook-command=sh --exechook-arg=-c --exechook-arg='…' is one. Arguments can be
read by everybody in the pod and are in the log: a secret belongs in a file.

Each webhook gets the header Gitsync-Hash; with --webhook-body=json also a body, and with
--webhook-secret-file its signature: see docs/webhooks.md. Several are asked side by side.`,

  FAILURES: `
A failed sync is tried again after --period, then after twice that, up to five minutes; what is
served stays. One that somebody asked for is tried again after ten seconds at the latest.
--max-failures ends git-sync after so many failures in a row (0 and 1 are the first one, negative is
never). When nobody sets it, the first failure ends git-sync only with --one-time or while nothing
whole is served. Until the first good sync --init-period and --init-max-failures
hold instead, when they are set.

A commit that --gate-command, --verify-signatures, --symlinks or --subdir refuse is told of once; what
is served stays, and the next commit is tried. It counts for no --max-failures then. A gate that gives
no answer in time is asked again. See docs/safety.md.`,

  SIGNALS: `
TERM, INT         the first one lets running programs end and exits; a second one insists
--sync-on-signal  syncs at once; during a sync, once more right after it
others            what the system does by default: HUP ends git-sync`,

  'HTTP ENDS': `
With --http-bind=HOST:PORT:
/              503 until the first good sync of this process, then 200; so does any path that is
               not listed here
/readyz        200 while a whole tree is served, also one of an earlier process; else 503
/healthz       200 while the loop turns; else 503
/metrics       counters and durations for Prometheus, with --http-metrics
/debug/pprof/  CPU profile and memory figures, with --http-pprof

With --push-secret-file, at --push-bind if that is given, else at --http-bind:
POST /push     a git host tells of a push, proven by the secret; answered at once, see docs/push.md
POST /sync     syncs, and answers when it is done with JSON of what is served; it asks for
               "Authorization: Bearer SECRET"`,

  METRICS: `
git_sync_count_total{status}                       syncs: success (an update, or the first one of a
                                                   process), noop (nothing new), error
git_sync_duration_seconds{status}                  how long they took: _sum and _count
git_fetch_count_total                              updates
git_sync_refused_commits_total{by}                 commits that must not be published: gate,
                                                   signature, symlinks, subdir
git_sync_hook_run_count_total{name,status}         exechook, pre-publish-exechook, webhook
git_sync_askpass_calls{status}                     requests to --askpass-url
git_sync_refresh_github_app_token_count{status}    requests for a token of the GitHub app

With --push-secret-file:
git_sync_push_deliveries_total{host,verdict}       deliveries to /push, and what became of them
git_sync_push_last_timestamp_seconds               when a push last asked for a sync
git_sync_push_peers_total{status}                  deliveries passed on to other replicas
git_sync_push_sync_requests_total{status}          requests to /sync: success, error, refused`,

  LOG: `
One JSON object a line on standard error: ts (local time), level (0 what happens, more with
--verbose) or error, msg, then fields; a warning has severity. Without --verbose a sync that finds
nothing new says nothing; one that fails says why, and in advice what to do. On a terminal the lines
are for reading.`,

  'EXIT CODES': `
0        --version, --help, --man; a good --one-time sync with all its hooks; INT while the hash
         that --ref names is served
1        a configuration that is refused, a start that fails, too many failures, a failed hook of
         --one-time
2        a command line that cannot be read
128+N    ended by signal N: 143 after TERM, 130 after INT`,

  EXAMPLES: `
Serve a public repository, asking every 30 seconds:
    git-sync --repo=https://github.com/kubernetes/git-sync --root=/git --link=html --period=30s

Once, before a program starts (an init container):
    git-sync --repo=https://host.example/site.git --ref=v1.2 --root=/git --one-time

With a token from a mounted secret, and a hook:
    git-sync --repo=https://host.example/site.git --root=/git --username=bot \\
        --password-file=/etc/git-secret/token --exechook-command=/hooks/reload

Over ssh, for a user that the container does not know:
    git-sync --repo=git@host.example:team/site --root=/git --add-user \\
        --ssh-key-file=/etc/git-secret/ssh --ssh-known-hosts-file=/etc/git-secret/known_hosts`,
}
