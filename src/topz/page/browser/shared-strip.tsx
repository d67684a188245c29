import type { ComponentChildren, JSX } from 'preact'
import type { Container, Network, Table } from '#topz/model/table.ts'
import { reasonFor } from '#topz/views/columns.ts'
import { type Amount, bytesPerSecond, count } from '#topz/views/format.ts'
import { Figure } from './amount.tsx'

/** What the containers of the pod share: its network, and the disks of its node. */
export function SharedStrip({ table }: { table: Table }): JSX.Element | null {
  const { network, containers } = table
  const read = sumOf(containers, 'diskReadBytesPerSecond')
  const written = sumOf(containers, 'diskWriteBytesPerSecond')
  if (network === null && read === null && written === null) return null
  return (
    <section class="sheet strip" aria-label="What the pod shares">
      {network !== null && <NetworkPart network={network} />}
      {(read !== null || written !== null) && (
        <Part title="Disk">
          <Rate says="read" value={read} why="hidden" />
          <Rate says="written" value={written} why="hidden" />
        </Part>
      )}
    </section>
  )
}

function NetworkPart({ network }: { network: Network }): JSX.Element {
  const { unknown } = network
  const why = (field: string): string => reasonFor(unknown, field)
  return (
    <>
      <Part title="Network">
        <Rate
          says="in"
          value={network.receivedBytesPerSecond}
          why={why('receivedBytesPerSecond')}
        />
        <Rate says="out" value={network.sentBytesPerSecond} why={why('sentBytesPerSecond')} />
      </Part>
      <Part title="TCP">
        <Count says="connected" value={network.tcpEstablished} why={why('tcpEstablished')} />
        <Count says="listening" value={network.tcpListening} why={why('tcpListening')} />
        {(network.tcpTimeWait ?? 0) > 0 && (
          <Count says="ending" value={network.tcpTimeWait} why="" />
        )}
        {(network.tcpCloseWait ?? 0) > 0 && (
          <Count says="left open by the pod" value={network.tcpCloseWait} why="" />
        )}
      </Part>
    </>
  )
}

function Part({ title, children }: { title: string; children: ComponentChildren }): JSX.Element {
  return (
    <span class="part">
      <span class="what">{title}</span>
      {children}
    </span>
  )
}

interface SaidProps {
  readonly says: string
  readonly value: number | null
  readonly why: string
}

function Rate(props: SaidProps): JSX.Element {
  return <Said {...props} write={bytesPerSecond} />
}

function Count(props: SaidProps): JSX.Element {
  return <Said {...props} write={count} />
}

function Said(props: SaidProps & { readonly write: (value: number) => Amount }): JSX.Element {
  const { says, value, why, write } = props
  return (
    <span>
      <b>
        <Figure value={value} write={write} least={1} why={why} />
      </b>{' '}
      {says}
    </span>
  )
}

function sumOf(
  containers: readonly Container[],
  field: 'diskReadBytesPerSecond' | 'diskWriteBytesPerSecond',
): number | null {
  const known = containers.map((container) => container[field]).filter((value) => value !== null)
  return known.length === 0 ? null : known.reduce((sum, value) => sum + value, 0)
}
