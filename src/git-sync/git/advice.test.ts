import { expect, test } from 'bun:test'
import { adviceFor } from './advice.ts'

// As git 2.39 and OpenSSH 9.2 say it.
const said: readonly (readonly [what: string, words: string, advice: RegExp])[] = [
  [
    'a host that wants a login',
    "fatal: could not read Username for 'https://host': terminal prompts disabled",
    /--credential for its URL/,
  ],
  ['a wrong password', "fatal: Authentication failed for 'https://host/x/'", /check --username/],
  [
    'a password refused in the middle',
    'error: RPC failed; HTTP 401 curl 22 The requested URL returned error: 401',
    /check --username/,
  ],
  [
    'a login page',
    "fatal: unable to access 'https://host/x/': Maximum (20) redirects followed",
    /login page/,
  ],
  ['no such repository', "fatal: repository 'https://host/x/' not found", /check --repo/],
  [
    'a user without a name',
    'No user exists for uid 12345\nfatal: Could not read from remote repository.',
    /--add-user/,
  ],
  [
    'a key that all may read',
    'Load key "/k": bad permissions\nann@host: Permission denied (publickey).',
    /its owner alone/,
  ],
  [
    'a key that we may not read',
    'Load key "/k": Permission denied\nann@host: Permission denied (publickey).',
    /may not read the --ssh-key-file/,
  ],
  [
    'a file that is no key',
    'Load key "/k": error in libcrypto\nann@host: Permission denied (publickey).',
    /must be a private key/,
  ],
  ['an unknown key', 'ann@host: Permission denied (publickey).', /public half/],
  [
    'an unknown host',
    'No ED25519 host key is known for host.\nHost key verification failed.',
    /add the host to --ssh-known-hosts-file/,
  ],
  [
    'a host with another key',
    '@    WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!     @\nHost key verification failed.',
    /another key than --ssh-known-hosts-file/,
  ],
  [
    'known hosts that we may not read',
    'hostkeys_find_by_key_hostfile: hostkeys_foreach failed for /h: Permission denied\n' +
      'Host key verification failed.',
    /may not read the --ssh-known-hosts-file/,
  ],
]

for (const [what, words, advice] of said) {
  test(`there is advice for ${what}`, () => expect(adviceFor(words)).toMatch(advice))
}

test('there is none for what nobody knows', () => expect(adviceFor('fatal: nonsense')).toBeNull())
