import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { options } from '#git-sync/options/options.ts'
import { type OptionName, optionRows } from './compatibility/rows.ts'
import { outputOf } from './program-output.ts'
import { root, stepEnvironment, tool } from './step.ts'

/**
 * Shows that no option of git-sync can lose its effect unseen: for each one an executable is built
 * that reads it and then takes the default, and the test that holds the option must fail with it.
 *
 *     npm run switch-off                   all of them, some minutes
 *     npm run switch-off -- depth one-time only these
 */
const { positionals } = parseArgs({ allowPositionals: true })
const table: Readonly<Record<string, { readonly flag: string }>> = options.options
const names = Object.keys(optionRows)
  .filter(isOptionName)
  .filter((name) => !optionRows[name].isIgnored)
const unknown = positionals.find((word) => !names.some((name) => flagOf(name) === word))
if (unknown !== undefined) {
  console.error(`Cannot switch off ${JSON.stringify(unknown)}: git-sync has no such option`)
  process.exit(2)
}
const chosen = names.filter(
  (name) => positionals.length === 0 || positionals.includes(flagOf(name)),
)
const folder = mkdtempSync(join(tmpdir(), 'switch-off-'))
try {
  process.exitCode = (await switchOff(chosen)) ? 0 : 1
} finally {
  rmSync(folder, { recursive: true, force: true })
}

/** True when each test holds its option. */
async function switchOff(wanted: readonly OptionName[]): Promise<boolean> {
  await build('whole', null)
  const queue = [...wanted]
  const unseen: OptionName[] = []
  const worker = async (): Promise<void> => {
    for (let name = queue.shift(); name !== undefined; name = queue.shift()) {
      if (!(await isHeld(name))) unseen.push(name)
    }
  }
  await Promise.all([worker(), worker()])
  console.log(
    `${wanted.length - unseen.length} of ${wanted.length} options are held by their tests`,
  )
  return unseen.length === 0
}

async function isHeld(name: OptionName): Promise<boolean> {
  const { heldBy } = optionRows[name]
  const said = `--${flagOf(name)}`.padEnd(34)
  const whole = await failures(heldBy, 'whole')
  if (whole !== 0) {
    console.log(`${said} ${whole === null ? 'no such test' : 'fails as it is'}: ${heldBy.name}`)
    return false
  }
  await build(name, name)
  const without = await failures(heldBy, name)
  rmSync(join(folder, name), { force: true })
  const held = without !== null && without > 0
  console.log(`${said} ${held ? 'held' : 'NOT HELD'} by ${heldBy.file}: ${heldBy.name}`)
  return held
}

/** How many of the tests of that name fail with an executable; null when none ran. */
async function failures(
  { file, name }: { readonly file: string; readonly name: string },
  executable: string,
): Promise<number | null> {
  const pattern = name.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&')
  const { stdout, stderr } = await outputOf(
    [tool('bun'), 'test', '--timeout=60000', `./test/e2e/${file}.test.ts`, '-t', pattern],
    { cwd: root, env: { ...stepEnvironment(), SIDECARS_EXECUTABLE: join(folder, executable) } },
  )
  const text = stdout + stderr
  const count = (what: string): number =>
    Number(new RegExp(`^ *(\\d+) ${what}$`, 'm').exec(text)?.[1] ?? 0)
  return count('pass') + count('fail') === 0 ? null : count('fail')
}

/** Builds an executable that has all options but the one without effect. */
async function build(executable: string, without: OptionName | null): Promise<void> {
  const settle = 'export function settle('
  await Bun.build({
    entrypoints: [join(root, 'src/main.ts')],
    format: 'esm',
    compile: { outfile: join(folder, executable) },
    plugins: [
      {
        name: 'switch off',
        setup(builder) {
          builder.onLoad({ filter: /git-sync\/options\/settle\.ts$/ }, async ({ path }) => {
            const text = await Bun.file(path).text()
            if (without === null) return { contents: text, loader: 'ts' }
            if (!text.includes(settle))
              throw new Error(`Cannot switch off: ${path} has no ${settle}`)
            const renamed = text.replace(settle, 'function settleAll(')
            return { contents: renamed + switchedOff(without), loader: 'ts' }
          })
        },
      },
    ],
  })
}

/** Source that takes the default of an option, as if nobody had given it. */
function switchedOff(name: OptionName): string {
  // The default, nothing, would be the folder in which the test runs.
  const value =
    name === 'root' ? JSON.stringify(join(folder, 'elsewhere')) : `table.${name}.default`
  return `
import { options as tableOfOptions } from './options.ts'
export function settle(parsed: Parsed<GitSyncOptions>): Parsed<GitSyncOptions> | Refused {
  const table = tableOfOptions.options
  const given = new Set(parsed.given)
  given.delete('${name}')
  return settleAll({ ...parsed, given, values: { ...parsed.values, ${name}: ${value} } })
}
`
}

function flagOf(name: OptionName): string {
  return table[name]?.flag ?? name
}

function isOptionName(name: string): name is OptionName {
  return Object.hasOwn(optionRows, name)
}
