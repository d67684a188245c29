/** Where a person finds the demo when nothing else is there. */
export const preferred = { site: 8080, topz: 8081, gitSync: 8082 } as const

export type Ports = Readonly<Record<keyof typeof preferred, number>>

/** The preferred port of each, or the next free one after all of them. */
export function choosePorts(wanted: Ports = preferred): Ports {
  let next = Math.max(...Object.values(wanted)) + 1
  const choose = (port: number): number => {
    let chosen = port
    while (!isFree(chosen)) chosen = next++
    return chosen
  }
  return { site: choose(wanted.site), topz: choose(wanted.topz), gitSync: choose(wanted.gitSync) }
}

function isFree(port: number): boolean {
  if (port > 65_535) throw new Error('Cannot find a free port: all up to 65535 are taken')
  try {
    Bun.listen({ hostname: '127.0.0.1', port, socket: { data() {} } }).stop(true)
    return true
  } catch {
    return false
  }
}
