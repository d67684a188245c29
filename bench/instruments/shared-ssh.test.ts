import { expect, test } from 'bun:test'
import { sharedSshIn } from './shared-ssh.ts'

test('the ssh that shares its connection is found by the folder of its socket', async () => {
  const folder = `/tmp/bench-${crypto.randomUUID()}`
  const words = ['-o', 'ControlMaster=yes', '-o', `ControlPath=${folder}/x/%C`]
  const script = 'echo ready; read line'
  const child = Bun.spawn(['bash', '-c', script, ...words], {
    argv0: 'ssh',
    stdin: 'pipe',
    stdout: 'pipe',
  })
  try {
    await child.stdout.getReader().read()
    expect(sharedSshIn(folder)).toBe(child.pid)
    expect(sharedSshIn(`${folder}/y`)).toBeNull()
  } finally {
    child.kill()
  }
})
