import { readFileSync } from 'node:fs'
import { sendQueues } from '#topz/procfs/send-queues.ts'

/** What waits for those who are connected to our port, by theirs; null when the kernel hides it. */
export function readSendQueues(procRoot: string, port: number): ReadonlyMap<number, number> | null {
  const texts = ['tcp', 'tcp6'].flatMap((name) => {
    try {
      return readFileSync(`${procRoot}/self/net/${name}`, 'latin1')
    } catch {
      return []
    }
  })
  return texts.length === 0 ? null : sendQueues(texts, port)
}
