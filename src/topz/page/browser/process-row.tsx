import type { JSX } from 'preact'
import type { Sums } from '#topz/model/sums.ts'
import type { Container, Process } from '#topz/model/table.ts'
import { amountOf, type ColumnName, columns, reasonFor, shownColumns } from '#topz/views/columns.ts'
import { visible } from '#topz/views/visible.ts'
import type { Row } from '../rows.ts'
import type { Trails } from '../trails.ts'
import { Amount, Unknown, Zero } from './amount.tsx'
import { Fold } from './fold.tsx'
import { Meter } from './meter.tsx'
import { Sparkline } from './sparkline.tsx'
import { sumCell } from './sum-cell.tsx'

interface ProcessRowProps {
  readonly row: Row
  /** In the whole table, the heading being 1. */
  readonly position: number
  readonly measured?: ((row: HTMLTableRowElement | null) => void) | undefined
  readonly container: Container | null
  readonly hue: string
  readonly trails: Trails
  /** How far it stands below its parents. */
  readonly depth: number
  readonly fold: 'open' | 'closed' | 'none'
  /** Of all below it, when they are hidden. */
  readonly sums: Sums | null
  readonly onFold: () => void
  /** Whether all about it is shown beside the table. */
  readonly open: boolean
  readonly onOpen: () => void
  readonly nowMs: number
}

export function ProcessRow(props: ProcessRowProps): JSX.Element {
  const { row, container, hue, trails, nowMs } = props
  const gone = row.goneAtMs !== null
  const phase = gone ? 'gone' : row.newUntilMs > nowMs ? 'new' : ''
  return (
    <tr
      ref={props.measured ?? null}
      class={`${hue} ${phase} ${props.open ? 'open' : ''}`}
      aria-rowindex={props.position}
    >
      {shownColumns.map(([name, { unit }]) => (
        <td key={name} class={unit === 'none' ? name : `${name} num`}>
          {name === 'pid' ? (
            <button
              type="button"
              class="link"
              aria-label={`All about process ${row.process.pid}`}
              onClick={props.onOpen}
            >
              {row.process.pid}
            </button>
          ) : name === 'command' && (props.depth > 0 || props.fold !== 'none') ? (
            <Branch {...props} gone={gone} />
          ) : props.sums !== null && added.has(name) ? (
            sumCell(name, props.sums)
          ) : (
            cellOf({
              name,
              process: row.process,
              container,
              trails,
              goneForMs: gone ? nowMs - (row.goneAtMs ?? 0) : null,
            })
          )}
        </td>
      ))}
    </tr>
  )
}

/** What a closed line shows of all below it, itself included. */
const added: ReadonlySet<ColumnName> = new Set([
  ...(['cpuMillicores', 'rssBytes', 'threads', 'openFiles'] as const),
  ...(['diskReadBytesPerSecond', 'diskWriteBytesPerSecond'] as const),
])

/** Its command where it stands in a tree. */
function Branch(props: ProcessRowProps & { readonly gone: boolean }): JSX.Element {
  const { row, depth, fold, sums, onFold, gone } = props
  const { name, command } = row.process
  return (
    <span class="branch" style={{ paddingLeft: `${Math.min(depth, 12) * 16}px` }}>
      {fold === 'none' ? (
        <span class="nofold" />
      ) : (
        <Fold fold={fold} what={visible(name)} onFold={onFold} />
      )}
      {sums !== null && <span class="badge">{`${sums.processes} processes`}</span>}
      <Command text={command} gone={gone} />
    </span>
  )
}

interface CellOptions {
  readonly name: ColumnName
  readonly process: Process
  readonly container: Container | null
  readonly trails: Trails
  /** How long ago it ended, or null while it lives. */
  readonly goneForMs: number | null
}

function cellOf({
  name,
  process,
  container,
  trails,
  goneForMs,
}: CellOptions): JSX.Element | string {
  const gone = goneForMs !== null
  if (name === 'container') return <Chip label={container?.label ?? ''} />
  if (name === 'command') return <Command text={process.command} gone={gone} />
  if (name === 'state') {
    return gone ? `ended ${Math.round(goneForMs / 1000)} s ago` : <State of={process.state} />
  }
  const value = process[name]
  const metered = name === 'cpuMillicores' || name === 'rssBytes'
  const shown = (): JSX.Element | string => {
    if (value === null) return <Unknown why={reasonFor(process.unknown, name)} />
    if (typeof value === 'string') return visible(value)
    const over = gone && name !== 'pid'
    return over || isZero(name, value) ? <Zero /> : <Amount of={amountOf(name, value)} />
  }
  if (!metered) return shown()
  const share = gone ? null : shareOf(name, process, container)
  return (
    <span class="metered">
      <span class="value">{shown()}</span>
      {share === null || share === 0 ? (
        <span class="meter" />
      ) : (
        <Meter share={share} label={`${Math.round(share * 100)} % of the limit`} />
      )}
      <Sparkline
        trail={name === 'rssBytes' ? trails.memory : trails.cpu}
        least={name === 'rssBytes' ? 2 ** 20 : 20}
        label={`${columns[name].title} in the last minute`}
        width={68}
        height={18}
      />
    </span>
  )
}

/** What would be written as 0; a process that has just started is 0 s old. */
function isZero(name: ColumnName, value: number): boolean {
  return name !== 'ageSeconds' && amountOf(name, value).digits === '0'
}

function shareOf(name: ColumnName, process: Process, container: Container | null): number | null {
  if (name === 'rssBytes') return process.memoryOfLimit
  const limit = container?.cpuLimitMillicores ?? null
  return process.cpuMillicores === null || limit === null || limit === 0
    ? null
    : process.cpuMillicores / limit
}

function Chip({ label }: { label: string }): JSX.Element {
  const name = visible(label)
  return (
    <span class="who" title={name}>
      <span class="chip" aria-hidden="true" />
      <span class="cut">{name}</span>
    </span>
  )
}

const troubled: ReadonlySet<Process['state']> = new Set(['disk-wait', 'zombie', 'stopped', 'dead'])

function State({ of: state }: { of: Process['state'] }): JSX.Element {
  const tone = troubled.has(state) ? 'amber' : state === 'running' ? 'busy' : ''
  return <span class={tone}>{state.replace('-', ' ')}</span>
}

/** The program's own name strong, its arguments dim; its folder is in the title. */
function Command({ text, gone }: { text: string; gone: boolean }): JSX.Element {
  const shown = visible(text)
  const end = shown.indexOf(' ') === -1 ? shown.length : shown.indexOf(' ')
  const start = shown.lastIndexOf('/', end - 1) + 1
  const parts = (
    <>
      <b>{shown.slice(start, end)}</b>
      {shown.slice(end)}
    </>
  )
  return (
    <span class="cut" title={shown}>
      {gone ? <s>{parts}</s> : parts}
    </span>
  )
}
