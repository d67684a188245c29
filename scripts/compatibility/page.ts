import { options } from '#git-sync/options/options.ts'
import { optionNameText } from '#kit/options-docs.ts'
import { type Behaviour, changed, kept } from './behaviours.ts'
import { type OptionName, optionRows } from './rows.ts'

/** The page that people read before they change the image. */
export function compatibilityMarkdown(): string {
  return `# git-sync beside kubernetes/git-sync v4

Change the image and keep the manifest: the options, the environment, the files, the link, the exit
codes, the metrics and the probe are those of kubernetes/git-sync v4.7, and a root that it made (or
that its version 3 made) is taken over while it is served, without a new clone. This page says what is
the same, what is better and what is different, and names the test that holds each line.

Generated from \`scripts/compatibility/\`: edit it there, then run \`npm run fix\`.

## Options
${optionTables()}
## What stays
Manifests, dashboards and scripts rest on this.

| what | how | test |
|---|---|---|
${kept.map(({ what, there, heldBy }) => row([what, there, testText(heldBy)])).join('\n')}

## What is otherwise
| what | kubernetes/git-sync v4 | here | test |
|---|---|---|---|
${changed.map(changedRow).join('\n')}

## What is not here
${notHere.map((text) => `* ${text}`).join('\n')}
`
}

const notHere: readonly string[] = [
  '`go_*` and `promhttp_*` metrics: they describe the Go runtime. `process_*` is here.',
  '`/debug/pprof/symbol` and `/trace`: they are formats of the Go runtime. No heap snapshot either: it would hold passwords.',
  'Images for arm (32 bit), ppc64le and s390x: the runtime has none. amd64 and arm64 are built.',
  'A usage text with each refused command line: one line says what is wrong and points to `--help`.',
]

function optionTables(): string {
  const groups = Map.groupBy(Object.keys(optionRows).filter(isOptionName), (name) => groupOf(name))
  return [...groups].map(([group, names]) => `${optionTable(group, names)}\n`).join('\n')
}

function optionTable(group: string, names: readonly OptionName[]): string {
  const rows = names.map((name) => {
    const { verdict, why, heldBy } = optionRows[name]
    return row([
      optionNameText(table[name]),
      verdict,
      why,
      testText({ ...heldBy, file: `e2e/${heldBy.file}` }),
    ])
  })
  return [
    `### ${group}`,
    '| option | verdict | what differs | test |',
    '|---|---|---|---|',
    ...rows,
  ].join('\n')
}

// Each option of the table has the fields of one, whatever its kind.
const table = options.options as Readonly<Record<OptionName, Parameters<typeof optionNameText>[0]>>

function groupOf(name: OptionName): string {
  return table[name].group ?? 'Options'
}

function isOptionName(name: string): name is OptionName {
  return Object.hasOwn(optionRows, name)
}

function changedRow({ what, there, here, heldBy }: Behaviour): string {
  return row([what, there, here, testText(heldBy)])
}

function testText({ file, name }: Behaviour['heldBy']): string {
  return `[${name}](../test/${file}.test.ts)`
}

function row(cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`
}
