import type { JSX } from 'preact'
import { useState } from 'preact/hooks'
import type { Container, Reason, Table } from '#topz/model/table.ts'
import { toneOf } from '#topz/model/tone.ts'
import { reasonFor, reasons } from '#topz/views/columns.ts'
import { bytes, cores, limit, percent, type Amount as Value } from '#topz/views/format.ts'
import { visible } from '#topz/views/visible.ts'
import type { Recent, Trail, Trails } from '../trails.ts'
import { Amount, Figure, Unknown } from './amount.tsx'
import type { Hues } from './hues.ts'
import { hasParts, MemoryBar } from './memory-bar.tsx'
import { Meter } from './meter.tsx'
import { Sparkline } from './sparkline.tsx'

interface CardsProps {
  readonly table: Table
  readonly hues: Hues
  readonly recent: Recent
  readonly filter: string
  readonly onFilter: (filter: string) => void
}

/** More than this is a machine, not a pod: the rest waits behind a button. */
const mostCards = 8

export function Cards({ table, hues, recent, filter, onFilter }: CardsProps): JSX.Element {
  const [all, setAll] = useState(false)
  const containers = table.containers.filter(({ kind }) => kind !== 'pause')
  const some = all ? containers : containers.slice(0, mostCards)
  const hidden = containers.length - some.length
  return (
    <>
      <section class="cards" aria-label="Containers">
        {some.map((container) => {
          const own = `c:${container.label}`
          return (
            <Card
              key={container.key}
              container={container}
              hue={hues.get(container.key) ?? ''}
              trails={recent.ofContainer(container.key)}
              chosen={filter === own}
              onChoose={() => onFilter(filter === own ? '' : own)}
            />
          )
        })}
      </section>
      {hidden > 0 && (
        <button type="button" class="more" onClick={() => setAll(true)}>
          {`Show ${hidden} more ${hidden === 1 ? 'container' : 'containers'}`}
        </button>
      )}
    </>
  )
}

interface CardProps {
  readonly container: Container
  readonly hue: string
  readonly trails: Trails
  readonly chosen: boolean
  readonly onChoose: () => void
}

function Card({ container, hue, trails, chosen, onChoose }: CardProps): JSX.Element {
  const { label, unknown, oomKills, throttled, pids, pidsLimit, processes } = container
  const name = visible(label)
  return (
    <article class={`sheet card ${hue} ${chosen ? 'chosen' : ''}`} aria-label={name}>
      <h2>
        <button
          type="button"
          aria-pressed={chosen}
          title="Show only its processes"
          onClick={onChoose}
        >
          <span class="chip" aria-hidden="true" />
          <span class="name">{name}</span>
        </button>
        {(oomKills ?? 0) > 0 && <span class="badge red">{`OOM kill ×${oomKills}`}</span>}
        {(throttled ?? 0) >= 0.005 && (
          <span class={`badge ${(throttled ?? 0) >= 0.25 ? 'red' : 'amber'}`}>
            throttled <Amount of={percent(throttled ?? 0)} />
          </span>
        )}
        {container.kind === 'viewer' && <span class="badge">this viewer</span>}
      </h2>
      <Gauge
        what="CPU"
        used={container.cpuMillicores}
        limit={container.cpuLimitMillicores}
        write={cores}
        why={reasonFor(unknown, 'cpuMillicores')}
        whyNoLimit={unknown.cpuLimitMillicores ?? 'no-limit'}
        trail={trails.cpu}
        least={Math.min(100, container.cpuLimitMillicores ?? 100)}
      />
      <Gauge
        what="Memory"
        used={container.memoryBytes}
        limit={container.memoryLimitBytes}
        write={bytes}
        why={reasonFor(unknown, 'memoryBytes')}
        whyNoLimit={unknown.memoryLimitBytes ?? 'no-limit'}
        trail={trails.memory}
        least={2 ** 20}
        bar={hasParts(container) ? <MemoryBar container={container} /> : null}
      />
      <p class="facts">
        <Pressure container={container} />
        <span>
          <b>{processes}</b> {processes === 1 ? 'process' : 'processes'}
          {pids !== null && (
            <>
              , <b>{pids}</b> {pidsLimit === null ? 'threads' : `of ${limit(pidsLimit)} threads`}
            </>
          )}
        </span>
        {(container.shortLivedMillicores ?? 0) >= 1 && (
          <span title="CPU of processes that came and went between two samples">
            <b>
              <Amount of={cores(container.shortLivedMillicores ?? 0)} />
            </b>{' '}
            short-lived
          </span>
        )}
        {container.memorySource === 'sum-of-rss' && <span>memory added up from processes</span>}
      </p>
    </article>
  )
}

const noLimit: Readonly<Partial<Record<Reason, string>>> = {
  'no-limit': 'no limit',
  'another-user': 'limit hidden',
}

interface GaugeProps {
  readonly what: string
  readonly used: number | null
  readonly limit: number | null
  readonly write: (value: number) => Value
  readonly why: string
  readonly whyNoLimit: Reason
  readonly trail: Trail
  /** Below it a sparkline stays low. */
  readonly least: number
  /** In place of the plain bar. */
  readonly bar?: JSX.Element | null
}

function Gauge(props: GaugeProps): JSX.Element {
  const { what, used, limit, write, why, whyNoLimit, trail, least, bar = null } = props
  const share = used === null || limit === null || limit === 0 ? null : used / limit
  return (
    <div class="gauge">
      <span class="what">{what}</span>
      <b class={`used ${toneOf(share)}`}>
        {used === null ? <Unknown why={why} /> : <Amount of={write(used)} />}
      </b>
      <span class="limit" title={limit === null ? reasons[whyNoLimit] : undefined}>
        {limit === null ? (
          (noLimit[whyNoLimit] ?? 'limit not known')
        ) : (
          <>
            of <Amount of={write(limit)} />
          </>
        )}
      </span>
      {bar ??
        (share === null ? (
          <span class="nolimit" />
        ) : (
          <Meter share={share} label={`${what}: ${Math.round(share * 100)} % of the limit`} />
        ))}
      <Sparkline
        trail={trail}
        least={least}
        label={`${what} in the last minute`}
        width={84}
        height={26}
      />
    </div>
  )
}

const pressures = [
  ['cpuPressure', 'CPU', 'a CPU'],
  ['memoryPressure', 'memory', 'memory'],
  ['ioPressure', 'IO', 'a disk'],
] as const satisfies readonly (readonly [keyof Container, string, string])[]

/** For what processes waited; the kernel may not tell, which is said once. */
function Pressure({ container }: { container: Container }): JSX.Element {
  const { unknown } = container
  const isKnown = pressures.some(([field]) => container[field] !== null)
  return (
    <span>
      {'waits '}
      {isKnown ? (
        pressures.map(([field, name, whole]) => {
          const share = container[field]
          return (
            <span
              key={field}
              class="pressure"
              title={`Share of the time in which some process waited for ${whole}`}
            >
              {`${name} `}
              <b>
                <Figure
                  value={share}
                  write={percent}
                  least={0.005}
                  why={reasonFor(unknown, field)}
                />
              </b>
            </span>
          )
        })
      ) : (
        <Unknown why={reasonFor(unknown, 'cpuPressure')} />
      )}
    </span>
  )
}
