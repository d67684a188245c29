import { servesFiles } from '#git-sync/tree/served.ts'
import type { ExchangeOptions } from './exchange.ts'
import { linkPublisher } from './link.ts'
import type { Publisher } from './publish.ts'

/**
 * The publisher of a mode, as --publish has it.
 * @throws Error when the mode cannot be at that place.
 */
export async function openPublisher(mode: string, options: ExchangeOptions): Promise<Publisher> {
  // What few choose is not loaded for all.
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
