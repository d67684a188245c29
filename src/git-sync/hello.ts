import { shownOptions } from '#kit/options-shown.ts'
import type { World } from '#kit/run.ts'
import { options as table } from './options/options.ts'
import type { GitSyncOptions } from './options/settle.ts'
import type { Places } from './places.ts'

/** The first line of the log: who runs, as whom, and with what. */
export function sayHello(world: World<GitSyncOptions>, { link }: Places): void {
  const { options: values, given, log, version, pid, uid, gid, env } = world
  const options = shownOptions(table, { values, given })
  log.info('starting up', { version, pid, uid, gid, home: env.HOME ?? null, link, options })
}
