import { useEffect, useRef } from 'preact/hooks'

/** Calls what stands for a key, unless somebody types, or means the browser. */
export function useKeys(actions: Readonly<Record<string, () => void>>): void {
  const newest = useRef(actions)
  newest.current = actions
  useEffect(() => {
    addEventListener('keydown', (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey) return
      const { target } = event
      if (
        target instanceof HTMLElement &&
        target.matches('input:not([type=range]), select, textarea')
      )
        return
      const action = newest.current[event.key]
      if (action === undefined) return
      event.preventDefault()
      action()
    })
  }, [])
}
