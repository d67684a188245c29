/** Shares of a limit: from the first on it is near, from the second on it is as good as reached. */
export const ofLimit = { amber: 0.7, red: 0.9 }

/** How a share of a limit is shown; of what is not known, quietly. */
export function toneOf(share: number | null): 'amber' | 'red' | '' {
  if (share === null || share < ofLimit.amber) return ''
  return share < ofLimit.red ? 'amber' : 'red'
}
