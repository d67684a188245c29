import type { JSX } from 'preact'

/** How to let topz see the other containers. */
export function SeesItself(): JSX.Element {
  return (
    <section class="sheet notice" aria-label="What is missing">
      <p>
        Only the processes of this container are visible. Set{' '}
        <code>shareProcessNamespace: true</code> in the pod's spec and they all will be. Without a
        pod: <code>docker run --pid=container:NAME</code>. For one that runs already:{' '}
        <code>kubectl debug --target=CONTAINER</code>.
      </p>
    </section>
  )
}
