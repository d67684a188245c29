import type { ComponentChildren, JSX } from 'preact'
import { useState } from 'preact/hooks'
import type { ProcessDetails } from '#topz/model/process-details.ts'
import { bytes, count, duration, type Amount as Value, word } from '#topz/views/format.ts'
import { visible } from '#topz/views/visible.ts'
import { Amount } from './amount.tsx'

type Answer = ProcessDetails | 'reading' | { readonly says: string }

/** What is read only when somebody asks, since reading it makes the process wait for a moment. */
export function DetailsOf({ process }: { process: string }): JSX.Element {
  const [answer, setAnswer] = useState<Answer | null>(null)
  async function read(): Promise<void> {
    setAnswer('reading')
    try {
      const response = await fetch(`topz/process.json?key=${encodeURIComponent(process)}`)
      if (response.ok) setAnswer((await response.json()) as ProcessDetails)
      else setAnswer({ says: (await response.text()).trim() })
    } catch {
      setAnswer({ says: 'The connection is lost; try again' })
    }
  }
  const reading = answer === 'reading'
  return (
    <>
      <button type="button" class="read" disabled={reading} onClick={() => void read()}>
        {reading ? 'Reading …' : 'Read exact memory, threads and files'}
      </button>
      {answer !== null && answer !== 'reading' && 'says' in answer && (
        <p role="alert">{answer.says}</p>
      )}
      {answer !== null && answer !== 'reading' && 'schema' in answer && <Parts details={answer} />}
    </>
  )
}

function Parts({ details }: { details: ProcessDetails }): JSX.Element {
  const { memory, threads, openFiles, limits, environment } = details
  return (
    <>
      <Part title="Exact memory" of={details} field="memory">
        {memory !== null && (
          <Pairs
            of={[
              ['its part of all pages (PSS)', bytes(memory.pssBytes)],
              ['free if it ended (USS)', bytes(memory.ussBytes)],
              ['swapped out', bytes(memory.swapBytes)],
              ['counting took', { digits: memory.tookMs.toFixed(1), unit: 'ms' }],
            ]}
          />
        )}
      </Part>
      <Part title="Open files" of={details} field="openFiles">
        {openFiles !== null && (
          <Pairs of={Object.entries(openFiles).map(([kind, of]) => [kind, count(of)])} />
        )}
      </Part>
      <Part title="Threads by CPU" of={details} field="threads">
        {threads !== null && (
          <Pairs
            of={threads
              .slice(0, 12)
              .map(({ tid, name, state, cpuSeconds }) => [
                `${visible(name)} (${tid}), ${state}`,
                duration(cpuSeconds),
              ])}
          />
        )}
      </Part>
      <Part title="Limits" of={details} field="limits">
        {limits !== null && (
          <Pairs
            of={limits
              .filter(({ soft }) => soft !== null)
              .map(({ name, soft, unit }) => [
                name.replace(/^Max /, ''),
                unit === 'bytes' ? bytes(soft ?? 0) : { digits: String(soft), unit },
              ])}
          />
        )}
      </Part>
      <Part title="Environment" of={details} field="environment">
        {environment !== null && <pre>{environment.map((entry) => visible(entry)).join('\n')}</pre>}
      </Part>
    </>
  )
}

interface PartProps {
  readonly title: string
  readonly of: ProcessDetails
  readonly field: string
  readonly children: ComponentChildren
}

/** A part, or what would make it readable. */
function Part({ title, of, field, children }: PartProps): JSX.Element {
  const advice = of.advice[field]
  return (
    <section aria-label={title}>
      <h3>{title}</h3>
      {advice === undefined ? children : <p class="advice">{advice}</p>}
    </section>
  )
}

function Pairs({ of }: { of: readonly (readonly [string, Value])[] }): JSX.Element {
  return (
    <dl>
      {of.map(([name, value]) => (
        <div key={name} class="pair">
          <dt>{name}</dt>
          <dd title={word(value)}>
            <Amount of={value} />
          </dd>
        </div>
      ))}
    </dl>
  )
}
