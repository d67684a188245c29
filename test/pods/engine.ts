import { fileURLToPath } from 'node:url'
import { runChild } from '#test/fixtures/child.ts'
import { until } from '#test/fixtures/until.ts'

/** The podman that plays manifests as a kubelet would run them. */
export interface Engine {
  /** Runs podman and gives its stdout, trimmed. Throws with what it said. */
  podman(...args: readonly string[]): Promise<string>
  /** Builds a target of deploy/Containerfile around the executable in dist. */
  buildImage(target: 'git-sync' | 'topz'): Promise<void>
  /** Starts the pod of a manifest; what an earlier run left of it is removed first. */
  play(manifest: string, pod: string): Promise<Pod>
}

export interface Pod extends AsyncDisposable {
  /** Reached from this machine; the ports are those of the containers. */
  readonly address: string
  /** Runs a program in one of its containers and gives its stdout, trimmed. */
  exec(container: string, ...command: readonly string[]): Promise<string>
  logs(container: string): Promise<string>
  remove(): Promise<void>
}

const root = fileURLToPath(new URL('../..', import.meta.url))
const environment = { SIDECARS_PODS: process.env.SIDECARS_PODS }

/** Sets the machine up when it is not yet (a minute on a fresh one, else half a second). */
export async function startEngine(): Promise<Engine> {
  const said = await runChild([`${root}test/pods/engine.sh`], { env: environment })
  const program = said.trim().split('\n').at(-1) ?? ''
  const podman: Engine['podman'] = async (...args) =>
    (await runChild([program, ...args], { env: environment })).trim()

  return {
    podman,
    async buildImage(target) {
      await podman(
        ...['build', '--quiet', '--pull=never', '--file', `${root}deploy/Containerfile`],
        ...['--build-arg', 'BUILDER=debian:bookworm-slim'],
        ...['--build-arg', 'EXECUTABLE=dist/sidecars'],
        ...['--target', target, '--tag', `docker.io/sidecars/${target}:latest`, root],
      )
      // each new executable leaves the stages of the one before behind
      await podman('image', 'prune', '--force', '--filter', 'until=1h')
    },
    async play(manifest, pod) {
      const remove = async (): Promise<void> => {
        await podman('kube', 'down', '--force', manifest)
      }
      await remove()
      await podman('kube', 'play', manifest)
      return {
        address: await addressOf(podman, pod),
        exec: (container, ...command) => podman('exec', `${pod}-${container}`, ...command),
        logs: (container) => podman('logs', `${pod}-${container}`),
        remove,
        [Symbol.asyncDispose]: remove,
      }
    },
  }
}

/** The one for this machine: nothing is downloaded for it, as for the portable ones of images. */
export async function buildExecutable(): Promise<void> {
  await runChild([process.execPath, `${root}scripts/build.ts`], { cwd: root })
}

/** The first answer of any kind at the URL; refused connections before it do not count. */
export function firstAnswer(url: string): Promise<{ status: number; body: string }> {
  return until(
    async () => {
      const response = await fetch(url)
      return { status: response.status, body: await response.text() }
    },
    { everyMs: 2, what: `an answer of ${url}` },
  )
}

async function addressOf(podman: Engine['podman'], pod: string): Promise<string> {
  const infra = await podman('pod', 'inspect', pod, '--format', '{{.InfraContainerID}}')
  const address = '{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}'
  return podman('inspect', infra, '--format', address)
}
