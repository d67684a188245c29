import type { JSX } from 'preact'
import { type Arrangement, arrangements } from '../layout.ts'

const names: Readonly<Record<Arrangement, readonly [string, string]>> = {
  list: ['List', 'One below the other'],
  tree: ['Tree', 'Below the process that started them (t)'],
  groups: ['By container', 'Below their containers, added up (g)'],
}

interface ArrangementButtonsProps {
  readonly chosen: Arrangement
  readonly onChoose: (arrangement: Arrangement) => void
}

/** List, tree, or by container. */
export function ArrangementButtons({ chosen, onChoose }: ArrangementButtonsProps): JSX.Element {
  return (
    <fieldset class="switch" aria-label="Arrange">
      {arrangements.map((name) => {
        const [says, title] = names[name]
        return (
          <button
            key={name}
            type="button"
            title={title}
            aria-pressed={name === chosen}
            onClick={() => onChoose(name)}
          >
            {says}
          </button>
        )
      })}
    </fieldset>
  )
}
