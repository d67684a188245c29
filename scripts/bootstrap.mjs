#!/usr/bin/env node
/**
 * What runs before Bun is there: installs the packages when they are missing or older than the
 * lockfile, then hands over to `bun FILE ARGS…`. Plain Node 20, no packages.
 */
import { spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const bun = join(root, 'node_modules/.bin/bun')
const stamp = join(root, 'node_modules/.installed-from')

if (Number(process.versions.node.split('.')[0]) < 20) {
  console.error(`Cannot start: Node ${process.versions.node} is too old; install Node 20 or newer`)
  process.exit(1)
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
  // npm's own settings of an outer `npm start` must not reach the inner one
  const env = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !name.startsWith('npm_')),
  )
  const npm = spawnSync('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: root,
    stdio: ['ignore', 2, 2],
    env: process.env.npm_config_cache
      ? { ...env, npm_config_cache: process.env.npm_config_cache }
      : env,
  })
  if (npm.status !== 0) {
    const why = npm.error ? npm.error.message : `npm ci ended with ${npm.status ?? npm.signal}`
    console.error(`Cannot install the packages: ${why}`)
    process.exit(1)
  }
  writeFileSync(stamp, wanted)
}

/** Ctrl-C reaches the whole process group; this one waits for the child to end in its own way. */
function handOver(args) {
  const child = spawn(bun, args, { stdio: 'inherit', cwd: root })
  const pass = (signal) => child.kill(signal)
  process.on('SIGINT', () => {})
  process.on('SIGTERM', pass)
  process.on('SIGHUP', pass)
  child.on('error', (error) => {
    console.error(`Cannot start ${bun}: ${error.message}`)
    process.exit(1)
  })
  child.on('exit', (code, signal) => {
    process.exitCode = code ?? (signal === 'SIGINT' ? 130 : 143)
  })
}
