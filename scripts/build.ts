import { mkdirSync, renameSync, rmSync, statSync, symlinkSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { parseArgs } from 'node:util'

/**
 * Makes one executable of both sidecars. It needs no Node, Bun or packages where it runs.
 *
 *     npm run build                        dist/sidecars, dist/git-sync and dist/topz, for this machine
 *     npm run build -- --arch amd64        dist/linux-amd64/…, as container images need it
 *     npm run build -- --arch amd64 --arch arm64
 */
const targets = {
  amd64: 'bun-linux-x64-baseline', // runs on every x86-64 processor, not only on those with AVX2
  arm64: 'bun-linux-arm64',
} as const satisfies Record<string, Bun.Build.CompileTarget>

type Arch = keyof typeof targets

const ownArch: Arch = process.arch === 'arm64' ? 'arm64' : 'amd64'

const root = join(import.meta.dir, '..')

const { values } = parseArgs({ options: { arch: { type: 'string', multiple: true } } })
const unknown = values.arch?.find((arch) => !isArch(arch))
if (unknown) {
  const known = Object.keys(targets).join(' or ')
  console.error(`Cannot build for ${JSON.stringify(unknown)}: no such processor; say ${known}`)
  process.exit(2)
}

const arches = (values.arch ?? []).filter(isArch)
for (const arch of arches) await build(join(root, 'dist', `linux-${arch}`), arch)
if (arches.length === 0) await build(join(root, 'dist'))

async function build(folder: string, arch?: Arch): Promise<void> {
  const target = arch && targets[arch]
  const startNs = Bun.nanoseconds()
  const outfile = join(folder, 'sidecars')
  const beside = `${outfile}.new`
  mkdirSync(folder, { recursive: true })
  await Bun.build({
    entrypoints: [join(root, 'src/main.ts')],
    // names stay as they are written: stack traces and profiles show them, memory does not
    minify: { whitespace: true, syntax: true, identifiers: false },
    // starts in 15 ms of CPU instead of 33 and holds half a MiB less; for this processor only,
    // as nobody here could see that it runs on another
    bytecode: !arch || arch === ownArch,
    format: 'esm',
    // each sidecar, and what is loaded for few, is a file of its own in the executable: functions
    // that nobody loads are no memory, 0.4 MiB of them
    splitting: true,
    compile: {
      outfile: beside,
      // compiled code costs memory in every pod, and these programs wait most of their time: 1.5 to
      // 2 MiB less, the same CPU in polls, a tenth more in a sample of 580 processes
      jitPolicy: 1000,
      ...(target ? { target } : {}),
      // what lies in the working directory of a sidecar is written by those who push
      autoloadBunfig: false,
      autoloadDotenv: false,
      autoloadPackageJson: false,
      autoloadTsconfig: false,
    },
  })
  renameSync(beside, outfile) // a running executable keeps its file
  for (const name of ['git-sync', 'topz']) {
    rmSync(join(folder, name), { force: true })
    symlinkSync('sidecars', join(folder, name))
  }
  const seconds = ((Bun.nanoseconds() - startNs) / 1e9).toFixed(1)
  const mebibytes = (statSync(outfile).size / 2 ** 20).toFixed(1)
  const path = relative(root, outfile)
  console.log(`${path}  ${mebibytes} MiB  ${target ?? 'this machine'}  ${seconds} s`)
  console.log(`${join(dirname(path), 'git-sync')}, ${join(dirname(path), 'topz')}  links to it`)
}

function isArch(word: string): word is Arch {
  return Object.hasOwn(targets, word)
}
