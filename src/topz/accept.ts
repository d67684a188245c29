/** A media range of an Accept header: `text/*;q=0.8`. */
interface Range {
  readonly type: string
  readonly quality: number
}

function rangesOf(accept: string): readonly Range[] {
  return accept.split(',').flatMap((part) => {
    const [type = '', ...parameters] = part.split(';').map((piece) => piece.trim().toLowerCase())
    if (!/^[^\s/]+\/[^\s/]+$/.test(type)) return []
    const q = parameters.find((parameter) => parameter.startsWith('q='))?.slice(2)
    const quality = q === undefined ? 1 : Number(q)
    return [{ type, quality: quality >= 0 && quality <= 1 ? quality : 0 }]
  })
}

/** How well a range names the type: 3 exactly, 2 by its first half, 1 by a star, 0 not. */
function precision(range: string, type: string): number {
  if (range === type) return 3
  if (range === '*/*') return 1
  return range.endsWith('/*') && type.startsWith(range.slice(0, -1)) ? 2 : 0
}

/**
 * The type that a client wants most of those offered: by quality, then by how exactly it names the
 * type, then by the order of its header, then by ours. The first offer when it names nothing we
 * have, since a client that gets something it can show is better off than with an error.
 */
export function preferred<Type extends string>(
  accept: string | null,
  offers: readonly [Type, ...Type[]],
): Type {
  const ranges = rangesOf(accept ?? '*/*')
  let best = { type: offers[0], quality: 0, exactness: 0, at: 0 }
  for (const type of offers) {
    let match = { type, quality: 0, exactness: 0, at: 0 }
    for (const [at, range] of ranges.entries()) {
      const exactness = precision(range.type, type)
      if (exactness > match.exactness) match = { type, quality: range.quality, exactness, at }
    }
    if (match.quality === 0) continue
    const better =
      match.quality - best.quality || match.exactness - best.exactness || best.at - match.at
    if (better > 0) best = match
  }
  return best.type
}
