#!/usr/bin/env node
/**
 * What runs before Bun is there: installs the packages when they are missing or older than the
 * lockfile, then hands over to `bun FILE ARGS…`. Plain Node 20, no packages.
 */
import { spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const bun = join(root, 'node_modules/.bin/bun')
const stamp = join(root, 'node_modules/.installed-from')

if (Number(process.versions.node.split('.')[0]) < 20) {
  fail(`Cannot start: Node ${process.versions.node} is too old; install Node 20 or newer`)
}
installPackages()
handOver(process.argv.slice(2))

function installPackages() {
  const wanted = createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .update(readFileSync(join(root, 'package.json')))
    .digest('hex')
  if (existsSync(bun) && existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return
  console.error('Installing packages (npm ci) …')
  const npm = runNpm('ci', '--include=dev', '--prefer-offline', '--no-audit', '--no-fund')
  if (npm.error) fail(`Cannot install the packages: npm does not start: ${npm.error.message}`)
  if (npm.status !== 0) {
    const how = npm.status === null ? `was ended by ${npm.signal}` : `ended with ${npm.status}`
    fail(
      `Cannot install the packages: npm ci ${how}, its reason is above; ` +
        'the first start and each change of package.json need npm’s registry',
    )
  }
  finishBun()
  writeFileSync(stamp, wanted)
}

/** The npm that runs us, whichever is first on the PATH otherwise. */
function runNpm(...args) {
  const outer = process.env.npm_execpath ?? ''
  const [program, ...first] =
    basename(outer) === 'npm-cli.js' && existsSync(outer) ? [process.execPath, outer] : ['npm']
  return spawnSync(program, [...first, ...args, '--loglevel=error'], {
    cwd: root,
    stdio: ['ignore', 2, 2],
    env: innerEnvironment(),
  })
}

/**
 * What an outer `npm start` says of itself must not reach the inner npm: its script, its package and
 * the options it was given. The registry, cache, proxies and certificates of a person must.
 */
function innerEnvironment() {
  const kept =
    /^npm_config_(cache|registry|userconfig|globalconfig|(https?_)?proxy|noproxy|strict_ssl|cafile|ca)$/i
  const entries = Object.entries(process.env).filter(
    ([name]) => !/^npm_/.test(name) || kept.test(name) || name.includes('//'),
  )
  return Object.fromEntries(entries)
}

/** bun's package is finished by its install script, which some people do not let npm run. */
function finishBun() {
  if (spawnSync(bun, ['--version']).status === 0) return
  const script = join(root, 'node_modules/bun/install.js')
  const result = spawnSync(process.execPath, [script], {
    cwd: dirname(script),
    stdio: ['ignore', 2, 2],
    env: innerEnvironment(),
  })
  if (result.status === 0 && spawnSync(bun, ['--version']).status === 0) return
  fail(`Cannot start: Bun does not run on this machine (${process.platform} ${process.arch})`)
}

/**
 * The child decides how it ends. Ctrl-C reaches it directly and through us too: what runs there
 * takes signals that follow each other at once for one.
 */
function handOver(args) {
  // what Bun keeps of the source belongs to this folder, not to the person's home
  const cache = { BUN_RUNTIME_TRANSPILER_CACHE_PATH: join(root, 'node_modules/.cache/bun') }
  const env = { ...cache, ...process.env }
  const child = spawn(bun, args, { stdio: 'inherit', cwd: root, env })
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.on(signal, () => child.kill(signal))
  }
  child.on('error', (error) => fail(`Cannot start ${bun}: ${error.message}`))
  child.on('exit', (code, signal) => {
    const numbers = { SIGHUP: 1, SIGINT: 2, SIGKILL: 9, SIGTERM: 15 }
    process.exitCode = code ?? 128 + (numbers[signal] ?? 1)
  })
}

function fail(message) {
  console.error(message)
  process.exit(1)
}
