import type { Process, Reason, Table } from './table.ts'

/** Whose value is missing, and who looks. */
export interface AdviceOptions {
  /** The field that is null, where there is more to say about it than about its reason. */
  readonly field?: string
  /** The user of the process (or of a process of the container) that it is about. */
  readonly uid?: number | null
  /** The user that topz runs as. */
  readonly viewerUid?: number | null
}

const wait = 'Nothing to do: the next sample tells'

/** What would make a value readable, for each reason that it is missing: one sentence. */
export function adviceFor(reason: Reason, options: AdviceOptions = {}): string {
  if (reason === 'another-user') return adviceOnRights(options)
  const special = byField[`${reason} ${options.field}`]
  return special ?? general[reason]
}

const general: Readonly<Record<Exclude<Reason, 'another-user'>, string>> = {
  'first-sight': wait,
  'counter-reset': wait,
  ended: 'Nothing to do: it ended while it was read',
  'not-offered': 'Only another kernel, or control groups version 2, would tell this',
  'switched-off': 'Start the kernel of the node with psi=1',
  'not-asked': wait,
  'not-answered': 'Look why the process hangs, often at a file system that does not answer',
  'too-many': 'Nothing to do: `ss -s` inside the pod counts them',
  'no-limit': "Set resources.limits in the container's spec to have one",
}

const byField: Readonly<Record<string, string>> = {
  'not-offered openFiles': 'Linux 6.2 or newer tells how many files a process has open',
  'no-limit memoryLimitBytes': "Set resources.limits.memory in the container's spec to have one",
  'no-limit memoryOfLimit': "Set resources.limits.memory in the container's spec to have one",
  'no-limit cpuLimitMillicores': "Set resources.limits.cpu in the container's spec to have one",
  'no-limit cpuOfLimit': "Set resources.limits.cpu in the container's spec to have one",
  'no-limit throttled': 'Nothing to do: only what has a CPU limit is throttled',
  'not-asked environment': 'Start topz with --environment to have it shown, secrets masked',
  'no-limit pidsLimit': 'Set podPidsLimit of the kubelet to have one',
}

const ptrace = 'the capability SYS_PTRACE (securityContext.capabilities.add)'

function adviceOnRights({ uid = null, viewerUid = null }: AdviceOptions): string {
  const another = viewerUid === 0 ? `give it ${ptrace}` : `as root with ${ptrace}`
  if (uid === null) return `Run topz as the same user (runAsUser), or ${another}`
  if (uid !== viewerUid) return `Run topz as the same user (runAsUser: ${uid}), or ${another}`
  // it has more capabilities than we, or changed its user and executed nothing since
  return viewerUid === 0
    ? `Give topz ${ptrace}: the program has rights that topz has not`
    : `Run topz as root with ${ptrace}: the program has rights that topz has not`
}

/** The user that topz runs as, when it sees itself. */
export function viewerUidOf({
  viewer,
  processes,
}: Pick<Table, 'viewer' | 'processes'>): number | null {
  return processes.find(({ key }) => key === viewer)?.uid ?? null
}

/** The user of a container's first process: who may look at that one may read its limits. */
export function uidOfContainer(key: string, processes: readonly Process[]): number | null {
  return processes.find(({ container, uid }) => container === key && uid !== null)?.uid ?? null
}
