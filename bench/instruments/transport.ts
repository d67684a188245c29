import type { Environment } from '#test/fixtures/environment.ts'
import { startGitHttp } from '#test/fixtures/git-http.ts'
import { startGitSsh } from '#test/fixtures/git-ssh.ts'
import type { Need } from '#test/fixtures/needs.ts'
import { createRepository, type Repository } from '#test/fixtures/repository.ts'
import { shortFolder } from '#test/fixtures/temp.ts'
import { sharedSshIn } from './shared-ssh.ts'

/** A way to a repository, for git-sync and for git itself. */
export interface Way extends AsyncDisposable {
  readonly url: string
  readonly flags: readonly string[]
  readonly env: Environment
  /** The same for a plain git. */
  readonly git: { readonly url: string; readonly env: Environment }
  /** How many requests the server has answered; null where it has none. */
  readonly requests: (() => Promise<number>) | null
  /** The ssh in the background that polls share: it is no descendant of git-sync. */
  readonly sharedSsh: (() => number | null) | null
}

export interface Transport {
  readonly needs: readonly Need[]
  open(repository: Repository): Promise<Way>
}

const login = { user: 'bench', password: 'not-secret' } as const

export const transports = {
  file: {
    needs: [],
    async open({ url, env }) {
      return {
        url,
        flags: [],
        env: {},
        git: { url, env },
        requests: null,
        sharedSsh: null,
        ...nothingToEnd,
      }
    },
  },
  http: { needs: ['nginx', 'fcgiwrap', 'openssl'], open: openHttp },
  ssh: {
    needs: ['sshd'],
    async open(repository) {
      await using stack = new AsyncDisposableStack()
      const server = stack.use(await startGitSsh(repository))
      const sockets = stack.use(shortFolder())
      const owned = stack.move()
      const { url, keyFile, knownHostsFile } = server
      const ssh = `ssh -i ${keyFile} -o StrictHostKeyChecking=yes -o UserKnownHostsFile=${knownHostsFile}`
      return {
        url,
        flags: [`--ssh-key-file=${keyFile}`, `--ssh-known-hosts-file=${knownHostsFile}`],
        env: { TMPDIR: sockets.path },
        git: { url, env: { ...repository.env, GIT_SSH_COMMAND: ssh } },
        requests: null,
        sharedSsh: () => sharedSshIn(sockets.path),
        [Symbol.asyncDispose]: () => owned.disposeAsync(),
      }
    },
  },
} as const satisfies Record<string, Transport>

export type TransportName = keyof typeof transports

/** A repository of one small file, and a way to it. */
export interface Site extends AsyncDisposable {
  readonly repository: Repository
  readonly way: Way
}

export async function openSite(name: TransportName): Promise<Site> {
  await using stack = new AsyncDisposableStack()
  const repository = stack.use(await createRepository())
  const way = stack.use(await transports[name].open(repository))
  const owned = stack.move()
  return { repository, way, [Symbol.asyncDispose]: () => owned.disposeAsync() }
}

/** nginx and git http-backend, with Basic authentication. */
async function openHttp(repository: Repository): Promise<Way> {
  const server = await startGitHttp(repository, login)
  const withLogin = server.url.replace('://', `://${login.user}:${login.password}@`)
  return {
    url: server.url,
    flags: [`--username=${login.user}`],
    env: { GITSYNC_PASSWORD: login.password },
    git: { url: withLogin, env: repository.env },
    requests: async () => (await server.requests()).length,
    sharedSsh: null,
    [Symbol.asyncDispose]: server.stop,
  }
}

const nothingToEnd = { async [Symbol.asyncDispose](): Promise<void> {} }
