/** What git says when something is wrong, and what a person can do about it. */
const advices: readonly (readonly [said: RegExp, advice: string])[] = [
  [
    /could not read Username|terminal prompts disabled/i,
    'it wants a user name: give --username and --password-file',
  ],
  [/Authentication failed|HTTP 401|error: 401/i, 'check --username and the password'],
  [/error: 403|HTTP 403/i, 'the user may not read this repository'],
  [
    /\.lock': File exists/i,
    'another git is at work in the root, or one was killed: the next start of git-sync mends that',
  ],
  [/Permission denied \(/i, 'check --ssh-key-file and that its public half is known to the host'],
  [/Host key verification failed|host key is known/i, 'add the host to --ssh-known-hosts-file'],
  [/UNPROTECTED PRIVATE KEY|bad permissions/i, 'the key file must be readable by its user alone'],
  [
    /Could not resolve host|Name or service not known|Could not resolve hostname/i,
    "check the host's name and the DNS",
  ],
  [
    /Connection refused|timed out|No route to host|Failed to connect/i,
    'check the host and port, that the server runs, and the network to it',
  ],
  [
    /SSL certificate problem|server certificate verification failed/i,
    "the host's certificate is not trusted here",
  ],
  [/couldn't find remote ref|not our ref|no such remote ref|unadvertised object/i, 'check --ref'],
  [
    /[Rr]epository .*not found|does not appear to be a git repository|error: 404|does not exist/i,
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

/** The first advice that fits, or null. */
export function adviceFor(said: string): string | null {
  return advices.find(([pattern]) => pattern.test(said))?.[1] ?? null
}
