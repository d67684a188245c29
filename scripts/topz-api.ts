import { type Column, columns, reasons, sortNames } from '#topz/views/columns.ts'
import { comparedFields, namedFields } from '#topz/views/filter/fields.ts'
import type { Field } from '#topz/views/schema/fields.ts'
import { records } from '#topz/views/schema/schema.ts'

/** docs/topz-api.md: what topz answers, from the tables that make the answers. */
export function topzApiMarkdown(): string {
  return `# What topz answers

Made from the source; \`npm run fix\` writes it.

| address | what it is |
|---|---|
| \`/topz\` | text, JSON or the page, as the \`Accept\` header wants; curl gets text |
| \`/topz.txt\`, \`/topz.json\` | the same as text or JSON for every client |
| \`/topz/stream\` | server-sent events: \`table\`, then \`delta\`s |
| \`/topz/process.json\` | more of one process, read when it is asked for |
| \`/topz/schema.json\` | JSON Schema of what is below |
| \`/metrics\` | for Prometheus |
| \`/healthz\` | \`ok\` |

All of them take GET and HEAD. HEAD of the stream opens none.

## The query
Words that topz does not know are left to others. A question that has no answer is 400 with one line that
says what is wrong, where, and what to write; a container that is not there is 404.

| word | what it does |
|---|---|
| \`sort=NAME\` | large amounts first, words from the start; \`-NAME\` downwards; what is unknown last, equal ones by PID |
| \`n=10\` | the first so many rows |
| \`c=app\` | the processes of one container |
| \`q=FILTER\` | the processes that fit a filter |
| \`wide\` | text with what matters, containers, a header and more columns; \`wide=80\` for lines of at most 80 characters |
| \`cols=pid,cpu,command\` | wide text with these columns |
| \`each\` | wide text without folding rows that look the same |

Names for \`sort\` and \`cols\`: ${sortNames.map((name) => `\`${name}\``).join(', ')}.

\`/topz\` without a query is the text of old: PID, CPU % of one core, memory % of the host, command; no header,
one process a line, PID ascending, \`-\` where nothing is known. That form will not change. In wide text lines
that are no rows begin with \`#\`, no value but the command holds a space, and \`·\` is not known: the lines below
say why. Control characters and those that reorder or hide text are shown as pictures or numbers.

## Filters
Terms stand apart by spaces, and all must hold. Letters of either case are alike. What is unknown fits no
comparison.

| term | fits |
|---|---|
| \`nginx\`, \`"two words"\` | part of command, program, user, container or PID |
${Object.entries(namedFields)
  .map(([name, { help }]) => `| \`${name}:…\` | ${help}, whole |`)
  .join('\n')}
${Object.entries(comparedFields)
  .map(([name, { help, example }]) => `| \`${name}>${example}\` | ${help} |`)
  .join('\n')}
| \`/^node .*--watch/\` | a regular expression in what words look at: \`. [] () \\| * + ? {n,m} ^ $ \\d \\w \\s\`; its time is linear in the text |
| \`-TERM\`, \`!TERM\` | what TERM does not fit; \`--port\` is a word |

Signs: \`< <= > >= = !=\`. Units: \`m\` of a core, \`Ki Mi Gi\` or \`k M G\`, \`s min h d\`, \`%\` of the limit.

## JSON
\`schema\` is the version of this shape, 1. Under one version fields and values of \`unknown\`, \`kind\` and \`state\` may be
added; none is removed, renamed or given another meaning or unit. A field that is \`null\` has its reason in
\`unknown\` of the same record. Names and commands are as programs chose them, secrets in commands masked: who
shows them has to make control characters harmless.

${Object.entries(records).map(recordSection).join('\n\n')}

### Reasons
| reason | what it means |
|---|---|
${Object.entries(reasons)
  .map(([reason, says]) => `| \`${reason}\` | ${says} |`)
  .join('\n')}

## The stream
The first event is a \`table\`. Each further one is a \`delta\`:

| field | what it holds |
|---|---|
| \`schema\` | 1 |
| \`since\` | \`takenAtMs\` of the table that it changes; when yours is another, open the stream again |
| \`table\` | fields of the table that have another value |
| \`containers\`, \`processes\` | \`gone\`: keys; \`changed\`: pairs of a key and the fields that have another value; \`came\`: pairs of a place in the new list and a row. Or \`all\`: the whole list |

To apply one: take the rows that are gone out, add the time between the two tables to each \`ageSeconds\` that is not null
(rounded to a millisecond), put the changed fields in, and insert those that came at their places in that
order. \`events\` are those since the table before, also when that is several samples ago. A reader that is too
far behind is sent a \`table\`. \`/topz/stream?whole\` sends tables only. One that takes nothing for 15 s is let go; past 32
readers the answer is 503 with \`Retry-After\`.

## The past
The last 15 minutes (\`--history\`) are kept: a moment for each table that somebody looked at, and one each
\`--idle-interval\` while nobody does. Older ones may be coarser. Figures have three digits, ages and counted seconds
are whole. When somebody sets the clock, all times move with it.

| address | what it gives |
|---|---|
| \`/topz?at=MS\`, \`.json\`, \`.txt\` | the table of the nearest moment at or before \`MS\`, milliseconds since 1970; with all other parameters. \`events\` are those since the moment before it |
| \`/topz/history.json\` | \`spanMs\`; \`takenAtMs\` of each moment; \`containers\`, each with lists of \`cpuMillicores\`, \`memoryBytes\`, \`throttled\` and \`pids\`, a value or null for each moment; \`events\`, oldest first |
| \`/topz/series.json?key=KEY\` | one process by the \`key\` of its rows: \`takenAtMs\` from the first to the last moment that has it; lists of \`cpuMillicores\`, \`cpuWaitMillicores\`, \`rssBytes\`, \`threads\`, \`openFiles\`, \`diskReadBytesPerSecond\`, \`diskWriteBytesPerSecond\` |

What is not kept (older, an unknown key, \`--history=0\`) is 404 with one line. A figure that was not read while nobody
looked is null with the reason \`not-asked\`.

## One process
\`/topz/process.json?key=KEY\` reads more of one process when it is asked for, by the \`key\` of its row: 404 when there
is none, 403 to another site, since reading makes the process wait for a moment.

| field | what it is |
|---|---|
| \`memory\` | \`pssBytes\` (its own pages, and of each shared one its part), \`ussBytes\` (what would be free if it ended), \`swapBytes\`, \`tookMs\` |
| \`threads\` | \`tid\`, \`name\`, \`state\`, \`cpuSeconds\`, \`waitSeconds\`; those that used the most CPU first, at most 256 |
| \`openFiles\` | how many are of which kind: \`file\`, \`deleted\`, \`device\`, \`socket\`, \`pipe\`, \`anonymous\` |
| \`limits\` | \`name\` as the kernel has it, \`soft\`, \`hard\` (null is unlimited), \`unit\` |
| \`environment\` | \`NAME=VALUE\` each, secrets masked; only with \`--environment\` |
| \`unknown\`, \`advice\` | for each part that is null the reason, and what would make it readable |

## Metrics
Processes are added up by \`container\` and \`program\`, at most 500 programs, further ones as \`other\`; one without a
process for ten minutes has no series. Counters go on from those of processes that ended. Nothing is sampled
but for a scrape.

| metric of programs | type | what it is |
|---|---|---|
${Object.values<Column>(columns)
  .flatMap(({ metric, help }) =>
    metric === undefined ? [] : [`| \`${metric.name}\` | ${metric.type} | ${help} |`],
  )
  .join('\n')}

Those of containers begin with \`topz_container_\`, of the pod with \`topz_network_\` and \`topz_tcp_\`, of topz itself
with \`topz_sample_\` and \`process_\`; \`/metrics\` says what each is.
`
}

function recordSection([name, fields]: [string, Readonly<Record<string, Field>>]): string {
  const rows = Object.entries(fields).map(
    ([field, { unit, help, values, of, ...rest }]) =>
      `| \`${field}\` | ${typeOf({ ...rest, of })} | ${unit ?? ''} | ${help}${
        values === undefined ? '' : `: ${values.map((value) => `\`${value}\``).join(', ')}`
      } |`,
  )
  return `### ${name}\n| field | type | unit | what it is |\n|---|---|---|---|\n${rows.join('\n')}`
}

function typeOf({
  type,
  nullable,
  of,
}: {
  type: string
  nullable: boolean
  of?: string | undefined
}): string {
  const name = type === 'array' ? `array of ${of}` : (of ?? type)
  return nullable ? `${name} or null` : name
}
