/** The parts of Kubernetes' objects that the tests look at. */
export interface Resources {
  readonly cpu?: string
  readonly memory?: string
}

export interface Rights {
  readonly runAsUser?: number
  readonly runAsNonRoot?: boolean
  readonly readOnlyRootFilesystem?: boolean
  readonly allowPrivilegeEscalation?: boolean
  readonly capabilities?: { readonly drop?: readonly string[]; readonly add?: readonly string[] }
  readonly seccompProfile?: { readonly type: string }
}

export interface Probe {
  readonly httpGet?: { readonly path: string; readonly port: string | number }
  readonly tcpSocket?: { readonly port: string | number }
}

export interface Container {
  readonly name: string
  readonly image: string
  readonly imagePullPolicy?: string
  readonly command?: readonly string[]
  readonly args?: readonly string[]
  readonly envFrom?: readonly { readonly configMapRef: { readonly name: string } }[]
  readonly ports?: readonly { readonly name: string; readonly containerPort: number }[]
  readonly readinessProbe?: Probe
  readonly livenessProbe?: Probe
  readonly volumeMounts?: readonly {
    readonly name: string
    readonly mountPath: string
    readonly readOnly?: boolean
    readonly subPath?: string
  }[]
  readonly resources?: { readonly requests?: Resources; readonly limits?: Resources }
  readonly securityContext?: Rights
}

export interface PodSpec {
  readonly automountServiceAccountToken?: boolean
  readonly shareProcessNamespace?: boolean
  readonly securityContext?: Rights
  readonly initContainers?: readonly Container[]
  readonly containers: readonly Container[]
  readonly volumes: readonly {
    readonly name: string
    readonly emptyDir?: object
    readonly configMap?: { readonly name: string }
  }[]
}

interface Named {
  readonly metadata: { readonly name: string }
}

export interface ConfigMap extends Named {
  readonly kind: 'ConfigMap'
  readonly data: Readonly<Record<string, string>>
}

export interface Deployment extends Named {
  readonly kind: 'Deployment'
  readonly spec: {
    readonly selector: { readonly matchLabels: Readonly<Record<string, string>> }
    readonly template: {
      readonly metadata: { readonly labels: Readonly<Record<string, string>> }
      readonly spec: PodSpec
    }
  }
}

export interface Service extends Named {
  readonly kind: 'Service'
  readonly spec: {
    readonly type: string
    readonly selector: Readonly<Record<string, string>>
    readonly ports: readonly { readonly port: number; readonly targetPort: string | number }[]
  }
}

/** One file of deploy/, taken apart. */
export interface Manifest {
  readonly text: string
  readonly configMaps: readonly ConfigMap[]
  readonly deployment: Deployment
  readonly pod: PodSpec
  readonly services: readonly Service[]
}

/** Reads `deploy/NAME.yml`. Throws when it holds anything but one Deployment and its company. */
export async function readManifest(name: string): Promise<Manifest> {
  const text = await Bun.file(new URL(`../../deploy/${name}.yml`, import.meta.url)).text()
  const objects = Bun.YAML.parse(text) as readonly (ConfigMap | Deployment | Service)[]
  const kinds = ['ConfigMap', 'Deployment', 'Service']
  const other = objects.find((object) => !kinds.includes(object.kind))
  if (other) throw new Error(`Cannot read ${name}.yml: it holds a ${other.kind}`)
  const [deployment, second] = objects.filter((object) => object.kind === 'Deployment')
  if (!deployment || second) throw new Error(`Cannot read ${name}.yml: not one Deployment`)
  return {
    text,
    configMaps: objects.filter((object) => object.kind === 'ConfigMap'),
    deployment,
    pod: deployment.spec.template.spec,
    services: objects.filter((object) => object.kind === 'Service'),
  }
}

/** All containers, in the order in which they start. */
export function containersOf(pod: PodSpec): readonly Container[] {
  return [...(pod.initContainers ?? []), ...pod.containers]
}
