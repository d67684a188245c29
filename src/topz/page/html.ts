import type { Process, Table } from '#topz/model/table.ts'
import { amountOf, type ColumnName, reasonFor, shownColumns } from '#topz/views/columns.ts'
import { unknownMark } from '#topz/views/format.ts'
import { labelsByKey } from '#topz/views/order.ts'
import { visible } from '#topz/views/visible.ts'

export interface PageOptions {
  readonly table: Table
  /** Rows for browsers without script, in their order. */
  readonly processes: readonly Process[]
  /** The machine's name: the pod's, in Kubernetes. */
  readonly host: string
}

/**
 * The page as HTML. Its script finds the table in `#first` and takes over; without script the same
 * rows stand in a plain table that reloads itself.
 */
export function renderPage({ table, processes, host }: PageOptions): string {
  const verdict = escapeHtml(visible(table.verdict))
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${verdict} · ${escapeHtml(visible(host))}</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="topz/page.css">
<noscript><meta http-equiv="refresh" content="5"></noscript>
</head>
<body>
<main id="page" data-host="${escapeHtml(visible(host))}"></main>
<noscript>
<main>
<header class="head"><span class="tone ${table.verdictTone}"></span><div><h1>${verdict}</h1>
<p class="where">${escapeHtml(visible(host))}: a picture that reloads every 5 seconds, since scripts are off</p></div></header>
<section class="sheet scroll">${plainTable(table, processes)}</section>
</main>
</noscript>
<script type="application/json" id="first">${JSON.stringify(table).replaceAll('<', '\\u003c')}</script>
<script src="topz/page.js" type="module"></script>
</body>
</html>
`
}

/** Those with script, which most have, carry these rows for nothing. */
const mostRows = 500

function plainTable(table: Table, processes: readonly Process[]): string {
  const labels = labelsByKey(table)
  const head = shownColumns.map(
    ([name, { title, unit }]) =>
      `<th scope="col" class="${unit === 'none' ? name : `${name} num`}">${title}</th>`,
  )
  const rows = processes.slice(0, mostRows).map((process) => {
    const cells = shownColumns.map(([name, { unit }]) => {
      const kind = unit === 'none' ? name : `${name} num`
      return `<td class="${kind}">${plainCell(process, name, labels)}</td>`
    })
    return `<tr>${cells.join('')}</tr>`
  })
  const rest = processes.length - rows.length
  const more =
    rest > 0 ? `<p class="none">${rest} more: <a href="topz.txt?wide">all as text</a></p>` : ''
  return `<table><thead><tr>${head.join('')}</tr></thead><tbody>\n${rows.join('\n')}\n</tbody></table>${more}`
}

function plainCell(
  process: Process,
  name: ColumnName,
  labels: ReadonlyMap<string, string>,
): string {
  if (name === 'container') return escapeHtml(visible(labels.get(process.container) ?? ''))
  const value = process[name]
  if (value === null) {
    return `<span class="faint" title="${reasonFor(process.unknown, name)}">${unknownMark}</span>`
  }
  if (typeof value === 'string') return escapeHtml(visible(value))
  const { digits, unit } = amountOf(name, value)
  return unit === '' ? digits : `${digits} ${unit}`
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => entities[character] ?? '')
}
