import { servesFiles } from '#git-sync/tree/served.ts'
import type { ExchangeOptions } from './exchange.ts'
import { linkPublisher } from './link.ts'
import type { Publisher } from './publish.ts'

export interface PublisherOptions extends Omit<ExchangeOptions, 'durability'> {
  /** What is published is on the disk before it is shown. */
  readonly fsync: boolean
}

/**
 * The publisher of a mode, as --publish has it.
 * @throws Error when the mode cannot be at that place.
 */
export async function openPublisher(
  mode: string,
  { fsync, ...others }: PublisherOptions,
): Promise<Publisher> {
  // What few choose is not loaded for all.
  const durability = fsync ? (await import('./durability.ts')).openDurability(others.stop) : null
  const options = { ...others, durability }
  if (mode === 'in-place') {
    const { inPlacePublisher } = await import('./in-place.ts')
    return inPlacePublisher(options)
  }
  if (mode === 'exchange') {
    const { openExchangePublisher } = await import('./exchange.ts')
    return openExchangePublisher(options)
  }
  return linkPublisher(options)
}

/** True while consumers find a tree at that place, whatever became of the repository. */
export async function servesAt(
  mode: string,
  { layout, link }: Pick<ExchangeOptions, 'layout' | 'link'>,
): Promise<boolean> {
  if (mode === 'link') return servesFiles(layout, link)
  const { recordOf } = await import('./folder-record.ts')
  return (recordOf(layout, link)?.head() ?? null) !== null
}
