import type { ComponentChildren, JSX } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'
import type { Container, Process } from '#topz/model/table.ts'
import { amountOf, type ColumnName, columns, reasonFor } from '#topz/views/columns.ts'
import { limit } from '#topz/views/format.ts'
import { visible } from '#topz/views/visible.ts'
import type { Trails } from '../trails.ts'
import { Amount, Unknown } from './amount.tsx'
import { DetailsOf } from './process-details.tsx'
import { Sparkline } from './sparkline.tsx'

interface DrawerProps {
  readonly process: Process
  readonly container: Container | null
  /** From its parent up. */
  readonly ancestors: readonly Process[]
  readonly trails: Trails
  readonly hue: string
  readonly ended: boolean
  readonly onOpen: (key: string) => void
  readonly onClose: () => void
}

/** In the words of a person: headings of columns have room for less. */
const facts: readonly (readonly [ColumnName, string])[] = [
  ['user', 'User'],
  ['state', 'State'],
  ['ageSeconds', 'Age'],
  ['threads', 'Threads'],
  ['openFiles', 'Open files'],
  ['cpuSeconds', 'CPU so far'],
  ['cpuWaitMillicores', 'Waits for CPU'],
  ['memoryOfLimit', 'Of the limit'],
  ['diskReadBytesPerSecond', 'Disk read'],
  ['diskWriteBytesPerSecond', 'Disk written'],
]

/** All about one process, beside the table, which goes on. */
export function Drawer(props: DrawerProps): JSX.Element {
  const { process, container, ancestors, trails, hue, ended, onOpen, onClose } = props
  const close = useRef<HTMLButtonElement>(null)
  useEffect(() => close.current?.focus(), [])
  const name = visible(process.name)
  return (
    <aside class={`drawer sheet ${hue}`} aria-label={`Process ${process.pid}`}>
      <h2>
        <span class="chip" aria-hidden="true" />
        <span class="name">{name}</span>
        <span class="where">{`PID ${process.pid} in ${visible(container?.label ?? '')}`}</span>
        {ended && <span class="badge">ended</span>}
        <button ref={close} type="button" onClick={onClose}>
          Close <kbd>Esc</kbd>
        </button>
      </h2>
      <Command text={visible(process.command)} />
      <div class="graphs">
        <Graph process={process} name="cpuMillicores" trail={trails.cpu} least={20} />
        <Graph process={process} name="rssBytes" trail={trails.memory} least={2 ** 20} />
      </div>
      <dl>
        {facts.map(([field, title]) => (
          <Fact key={field} title={title}>
            <Value process={process} name={field} />
            {field === 'openFiles' && process.openFilesLimit !== null && (
              <span class="unit">{` of ${limit(process.openFilesLimit)}`}</span>
            )}
          </Fact>
        ))}
        <Fact title="Started by">
          {ancestors.length === 0
            ? 'its container'
            : ancestors.map(({ key, pid, name: parent }, at) => (
                <span key={key}>
                  {at > 0 && ' ← '}
                  <button type="button" class="link" onClick={() => onOpen(key)}>
                    {`${visible(parent)} (${pid})`}
                  </button>
                </span>
              ))}
        </Fact>
      </dl>
      {!ended && <DetailsOf key={process.key} process={process.key} />}
    </aside>
  )
}

function Fact({ title, children }: { title: string; children: ComponentChildren }): JSX.Element {
  return (
    <>
      <dt>{title}</dt>
      <dd>{children}</dd>
    </>
  )
}

function Value({ process, name }: { process: Process; name: ColumnName }): JSX.Element {
  const value = process[name]
  if (value === null) return <Unknown why={reasonFor(process.unknown, name)} />
  if (typeof value === 'string') return <>{visible(value)}</>
  return <Amount of={amountOf(name, value)} />
}

interface GraphProps {
  readonly process: Process
  readonly name: 'cpuMillicores' | 'rssBytes'
  readonly trail: Trails['cpu']
  readonly least: number
}

function Graph({ process, name, trail, least }: GraphProps): JSX.Element {
  const { title } = columns[name]
  return (
    <div>
      <p>
        <span class="what">{title}</span>{' '}
        <b>
          <Value process={process} name={name} />
        </b>
      </p>
      <Sparkline
        trail={trail}
        least={least}
        label={`${title} of process ${process.pid} in the last minute`}
        width={190}
        height={56}
      />
    </div>
  )
}

/** The whole command, to be copied where the browser allows it. */
function Command({ text }: { text: string }): JSX.Element {
  const [copied, setCopied] = useState(false)
  async function copy(): Promise<void> {
    await navigator.clipboard.writeText(text)
    setCopied(true)
  }
  return (
    <div class="whole">
      <code>{text}</code>
      {'clipboard' in navigator && (
        <button type="button" onClick={() => void copy()}>
          {copied ? 'Copied' : 'Copy'}
        </button>
      )}
    </div>
  )
}
