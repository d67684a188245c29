import { Database } from 'bun:sqlite'
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'

/**
 * What a kubelet gives a container and podman does not, written into the OCI configuration before
 * the runtime reads it. Without it a test would pass, or fail, for a reason no cluster has.
 *
 *     kubelet.ts container BUNDLE/config.json ENGINE_HOME
 *     kubelet.ts process PROCESS.json
 */
interface Process {
  capabilities?: { ambient?: string[]; inheritable?: string[] }
}

interface Mount {
  readonly destination: string
  readonly type: string
  readonly source: string
  readonly options: readonly string[]
}

interface Container {
  readonly process: Process
  readonly root: { readonly readonly?: boolean }
  readonly linux: { readonly namespaces: { type: string; path?: string }[] }
  mounts: Mount[]
}

interface PodMember {
  readonly pod: string
  readonly podId: string
  readonly name: string
}

const [kind = '', file = '', home = ''] = process.argv.slice(2)
if (kind === 'process') edit<Process>(file, withoutAmbient)
else if (kind === 'container') {
  const id = basename(dirname(dirname(file)))
  const member = podMember(id)
  // a container of no pod, as those that build an image, stays as podman made it
  if (member) edit<Container>(file, (container) => asKubelet(container, { ...member, id }))
} else throw new Error(`Cannot edit ${JSON.stringify(kind)}: say container or process`)

function edit<T>(path: string, change: (value: T) => void): void {
  const value = JSON.parse(readFileSync(path, 'utf8')) as T
  change(value)
  writeFileSync(path, JSON.stringify(value))
}

function asKubelet(container: Container, member: PodMember & { readonly id: string }): void {
  withoutAmbient(container.process)
  const { namespaces } = container.linux
  if (!namespaces.some(({ type }) => type === 'cgroup')) namespaces.push({ type: 'cgroup' })
  if (container.root.readonly) {
    // podman puts a tmpfs on /tmp, /run and /var/tmp of a read-only root
    container.mounts = container.mounts.filter(({ options }) => !options.includes('tmpcopyup'))
  }
  for (const { source } of container.mounts) {
    // an emptyDir is 0755 in podman and 0777 in Kubernetes
    if (source.startsWith(join(home, 'storage/volumes/'))) chmodSync(source, 0o777)
  }
  if (!member.name.endsWith('-infra')) container.mounts.push(terminationLog(member))
}

/** `capabilities.add` has no effect on a process that is not root: nothing is ambient. */
function withoutAmbient({ capabilities }: Process): void {
  if (!capabilities) return
  capabilities.ambient = []
  capabilities.inheritable = []
}

/** The mount that tells a container's name to everybody who may read its mountinfo. */
function terminationLog(member: PodMember & { readonly id: string }): Mount {
  const uid = member.podId.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12}).*$/, '$1-$2-$3-$4-$5')
  const name = member.name.slice(member.pod.length + 1)
  const folder = join(home, 'kubelet/pods', uid, 'containers', name)
  const source = join(folder, member.id.slice(0, 8))
  mkdirSync(folder, { recursive: true })
  writeFileSync(source, '')
  chmodSync(source, 0o666)
  return {
    destination: '/dev/termination-log',
    type: 'bind',
    source,
    options: ['rbind', 'rprivate', 'rw'],
  }
}

/** The pod that podman's own database names for a container. */
function podMember(id: string): PodMember | null {
  const database = new Database(join(home, 'storage/db.sql'), { readonly: true })
  try {
    return database
      .query<PodMember, [string]>(
        `SELECT container.Name AS name, pod.Name AS pod, pod.ID AS podId
         FROM ContainerConfig AS container JOIN PodConfig AS pod ON pod.ID = container.PodID
         WHERE container.ID = ?`,
      )
      .get(id)
  } finally {
    database.close()
  }
}
