import type { JSX } from 'preact'
import { useEffect, useMemo, useRef, useState } from 'preact/hooks'
import type { Process, Table } from '#topz/model/table.ts'
import { type ColumnName, shownColumns } from '#topz/views/columns.ts'
import { orderBy } from '#topz/views/order.ts'
import { type Choice, choiceOf, hashOf } from '../address.ts'
import { type Arrangement, linesOf } from '../layout.ts'
import { nextRows, type Row, shownRows } from '../rows.ts'
import { Recent } from '../trails.ts'
import { Cards } from './cards.tsx'
import { Drawer } from './drawer.tsx'
import { Foot } from './foot.tsx'
import { Head } from './head.tsx'
import { huesOf } from './hues.ts'
import { useKeys } from './keys.ts'
import { follow, type Line } from './live.ts'
import { usePastTable, useTimeLine } from './past-feed.ts'
import { ProcessTable } from './process-table.tsx'
import { SeesItself } from './sees-itself.tsx'
import { SharedStrip } from './shared-strip.tsx'
import { clockOf, TimeLine } from './time-line.tsx'
import { Toolbar } from './toolbar.tsx'

interface View {
  readonly table: Table
  readonly rows: ReadonlyMap<string, Row>
  /** When this browser got the table, on its own steady clock. */
  readonly gotAtMs: number
}

function viewOf(before: View | null, table: Table): View {
  const rows = nextRows(before?.rows ?? null, table)
  return { table, rows, gotAtMs: performance.now() }
}

export function App({ first, host }: { first: Table; host: string }): JSX.Element {
  const recent = useMemo(() => new Recent(), [])
  const [view, setView] = useState(() => {
    recent.note(first)
    return viewOf(null, first)
  })
  const [frozen, setFrozen] = useState(false)
  const [line, setLine] = useState<Line>('live')
  const [choice, setChoice] = useState(() => choiceOf(location.hash))
  const [closed, setClosed] = useState<ReadonlySet<string>>(new Set())
  const filterBox = useRef<HTMLInputElement>(null)
  const shown = useRef({ frozen })
  shown.current = { frozen }

  useEffect(() => {
    follow({
      onTable: (table) => {
        recent.note(table)
        if (!shown.current.frozen) setView((before) => viewOf(before, table))
      },
      onLine: setLine,
    })
    addEventListener('hashchange', () => setChoice(choiceOf(location.hash)))
  }, [])

  useEffect(() => {
    document.title = `${view.table.verdict} · ${host}`
    const icon = document.querySelector<HTMLLinkElement>('link[rel=icon]')
    if (icon !== null) icon.href = iconOf(view.table.verdictTone)
  }, [view.table.verdict, view.table.verdictTone, host])

  function choose(next: Partial<Choice>): void {
    const chosen = { ...choice, ...next }
    setChoice(chosen)
    setNotice('')
    history.replaceState(null, '', hashOf(chosen) || location.pathname + location.search)
  }

  function sortBy(column: ColumnName): void {
    const { order } = choice
    const again = order.column === column
    choose({ order: again ? { column, descending: !order.descending } : orderBy(column) })
  }

  /** The same once more is a list again. */
  function arrange(arrangement: Arrangement): void {
    choose({ arrangement: choice.arrangement === arrangement ? 'list' : arrangement })
  }

  function fold(key: string): void {
    setClosed((before) => {
      const after = new Set(before)
      if (!after.delete(key)) after.add(key)
      return after
    })
  }

  useKeys({
    '/': () => filterBox.current?.focus(),
    f: () => setFrozen((before) => !before),
    s: () => sortBy(nextColumn(choice.order.column)),
    r: () => sortBy(choice.order.column),
    t: () => arrange('tree'),
    g: () => arrange('groups'),
    l: () => choose({ atMs: null }),
    Escape: () => choose({ process: null }),
  })

  const timeLine = useTimeLine()
  const [notice, setNotice] = useState('')
  const past = usePastTable(choice.atMs, () => {
    choose({ atMs: null })
    setNotice('Nothing that old is kept: this is now')
  })
  // of a moment that is gone nothing is new and nothing has just ended
  const pastView = useMemo(() => (past === null ? null : viewOf(null, past)), [past])
  const { table, rows: known } = pastView ?? view
  const rows = useMemo(
    () => shownRows({ table, rows: known, filter: choice.filter, order: choice.order }),
    [table, known, choice.filter, choice.order],
  )
  const lines = useMemo(
    () => linesOf(rows, { arrangement: choice.arrangement, closed }),
    [rows, choice.arrangement, closed],
  )
  const looked = choice.process === null ? undefined : known.get(choice.process)
  const hues = useMemo(() => huesOf(table), [table])
  return (
    <>
      <Head
        table={table}
        host={host}
        line={frozen ? 'frozen' : line}
        gotAtMs={view.gotAtMs}
        past={past === null ? null : clockOf(past.takenAtMs)}
      >
        {choice.atMs !== null && (
          <button type="button" onClick={() => choose({ atMs: null })}>
            Live <kbd>l</kbd>
          </button>
        )}
        <button type="button" aria-pressed={frozen} onClick={() => setFrozen(!frozen)}>
          {frozen ? 'Go on' : 'Freeze'} <kbd>f</kbd>
        </button>
      </Head>
      {notice !== '' && (
        <p class="sheet notice" role="alert">
          {notice}
        </p>
      )}
      {table.sees === 'itself' && <SeesItself />}
      <Cards
        table={table}
        hues={hues}
        recent={recent}
        filter={choice.filter}
        onFilter={(filter) => choose({ filter })}
      />
      <SharedStrip table={table} />
      {timeLine !== null && (
        <TimeLine line={timeLine} atMs={choice.atMs} onAt={(atMs) => choose({ atMs })} />
      )}
      <section class="sheet" aria-label="Processes">
        <Toolbar
          choice={choice}
          box={filterBox}
          shown={rows.filter((row) => row.goneAtMs === null).length}
          onChoose={choose}
        />
        <ProcessTable
          table={table}
          lines={lines}
          hues={hues}
          recent={recent}
          order={choice.order}
          onSort={sortBy}
          onFold={fold}
          open={choice.process}
          onOpen={(process) => choose({ process })}
        />
      </section>
      {looked !== undefined && (
        <Drawer
          process={looked.process}
          container={table.containers.find(({ key }) => key === looked.process.container) ?? null}
          ancestors={ancestorsOf(looked.process, table.processes)}
          trails={recent.ofProcess(looked.process.key)}
          hue={hues.get(looked.process.container) ?? ''}
          ended={looked.goneAtMs !== null}
          onOpen={(process) => choose({ process })}
          onClose={() => choose({ process: null })}
        />
      )}
      <Foot table={table} />
    </>
  )
}

/** The next column that one may want to sort by with a key. */
function nextColumn(column: ColumnName): ColumnName {
  const names = shownColumns.map(([name]) => name)
  return names[(names.indexOf(column) + 1) % names.length] ?? 'pid'
}

const iconColours = { quiet: '%231d8a5b', amber: '%23d98a1c', red: '%23d2453a' } as const

function iconOf(tone: Table['verdictTone']): string {
  const circle = `<circle cx='8' cy='8' r='6' fill='${iconColours[tone]}'/>`
  return `data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'>${circle}</svg>`
}

/** From the parent of a process up, as far as they are there. */
function ancestorsOf(process: Process, processes: readonly Process[]): readonly Process[] {
  const byPid = new Map(processes.map((one) => [one.pid, one]))
  const path: Process[] = []
  for (let at = byPid.get(process.parentPid); at !== undefined; at = byPid.get(at.parentPid)) {
    if (at === process || path.includes(at)) break
    path.push(at)
  }
  return path
}
