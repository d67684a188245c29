import { expect, test } from 'bun:test'
import { freePort } from '#test/fixtures/ports.ts'
import { choosePorts } from './ports.ts'

test('a taken port is replaced by the next free one, the others keep theirs', () => {
  const wanted = { site: freePort(), topz: freePort(), gitSync: freePort() }
  expect(choosePorts(wanted)).toEqual(wanted)
  using taken = Bun.listen({ hostname: '127.0.0.1', port: wanted.site, socket: { data() {} } })
  const chosen = choosePorts(wanted)
  expect(chosen.site).toBeGreaterThan(Math.max(taken.port, wanted.topz, wanted.gitSync))
  expect({ ...chosen, site: 0 }).toEqual({ ...wanted, site: 0 })
})
