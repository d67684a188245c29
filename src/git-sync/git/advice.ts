/** What git says when something is wrong, and what a person can do about it. */
const advices: readonly (readonly [said: RegExp, advice: string])[] = [
  [
    /could not read Username|terminal prompts disabled/i,
    'it wants a login: give --username and --password-file, or --credential for its URL',
  ],
  [
    /Authentication failed|HTTP 401|error: 401/i,
    'check --username and the password or token, or the --credential for its URL',
  ],
  [/error: 403|HTTP 403/i, 'the user may not read this repository'],
  [/error: 407|HTTP 407/i, 'the proxy wants a login: give it in the URL of the proxy'],
  [
    /redirects followed|error: 3\d\d/i,
    'the host sends git elsewhere, to a login page maybe: check --repo',
  ],
  [
    /\.lock': File exists/i,
    'another git is at work in the root, or one was killed: the next start of git-sync mends that',
  ],
  // Of ssh's words the more special ones first: it says the others, too.
  [
    /No user exists for uid/i,
    'ssh wants a user name for the user id of this process: give --add-user',
  ],
  [
    /UNPROTECTED PRIVATE KEY|bad permissions/i,
    'the key file may be readable by its owner alone: set its mode (defaultMode: 0400)',
  ],
  [
    /Load key .*Permission denied|no such identity: .*Permission denied/i,
    'this user may not read the --ssh-key-file: set its mode, or fsGroup in a pod',
  ],
  [/Load key /i, 'the --ssh-key-file must be a private key without a passphrase'],
  [
    /host identification has changed/i,
    'the host has another key than --ssh-known-hosts-file says: change that if it may be so',
  ],
  [
    /hostkeys_foreach failed .*Permission denied/i,
    'this user may not read the --ssh-known-hosts-file: set its mode, or fsGroup in a pod',
  ],
  [/Host key verification failed|host key is known/i, 'add the host to --ssh-known-hosts-file'],
  [/Permission denied \(/i, 'check --ssh-key-file and that its public half is known to the host'],
  [
    /Could not resolve host|Name or service not known|Could not resolve hostname/i,
    "check the host's name and the DNS",
  ],
  [
    /Connection refused|timed out|No route to host|Failed to connect/i,
    'check the host and port, that the server runs, and the network to it',
  ],
  [
    /SSL certificate problem|certificate verification failed/i,
    "the host's certificate is not trusted here",
  ],
  [/couldn't find remote ref|not our ref|no such remote ref|unadvertised object/i, 'check --ref'],
  [/invalid filter-spec/i, 'check --filter'],
  [
    /[Rr]epository .*not found|does not appear to be a git repository|error: 4(00|04|10)|does not exist/i,
    'check --repo, and that the login may see it',
  ],
  [/error: 429|HTTP 429/i, 'the host limits how often it is asked: give a longer --period'],
  [
    /error: 5\d\d|HTTP 5\d\d|early EOF|RPC failed|hung up|unexpected disconnect/i,
    'the host has trouble; it is asked again',
  ],
  [/dubious ownership/i, 'the repository belongs to another user: set safe.directory on its side'],
  [/No space left|Disk quota exceeded/i, 'the volume is full: make it larger'],
  // Git does not say why: most often there is no room.
  [/unable to write file/i, 'the volume may be full: make it larger'],
  [
    /Read-only file system|Permission denied|cannot mkdir|unable to create/i,
    'check that the root can be written',
  ],
]

/** What is another matter when git fetches a submodule. */
const advicesOfSubmodules: typeof advices = [
  [
    /transport 'file' not allowed/,
    'submodules from paths are only taken with --git-config=protocol.file.allow:always',
  ],
  [/transport '.*' not allowed/, 'its URL in .gitmodules must be one of http, https, ssh or git'],
  [/could not read Username|terminal prompts disabled/i, 'give a --credential for its URL'],
  [
    /Authentication failed|error: 40[13]|HTTP 40[13]/i,
    'check the login for its URL: that of the longest --credential, or of --repo on the same host',
  ],
  [
    /not our ref|unadvertised object|want [\da-f]+ not valid|TF401035/i,
    'push that commit to its repository, or name another one in the repository around it',
  ],
  [/invalid filter-spec/i, 'check --filter'],
  [
    /[Rr]epository .*not found|does not appear to be a git repository|error: 404|does not exist/i,
    'check its URL in .gitmodules, and that the login for it may see it',
  ],
]

/** The first advice that fits, or null. */
export function adviceFor(said: string): string | null {
  return firstFitting(advices, said)
}

/** The same of what git said of a submodule. */
export function adviceForSubmodule(said: string): string | null {
  return firstFitting(advicesOfSubmodules, said) ?? adviceFor(said)
}

function firstFitting(among: typeof advices, said: string): string | null {
  return among.find(([pattern]) => pattern.test(said))?.[1] ?? null
}
