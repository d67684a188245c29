import { expect, test } from 'bun:test'
import { systemClock } from '#kit/clock.ts'
import { Sampler } from './sampler.ts'

test('a process file system that is not there is known before anybody asks', () => {
  const sampler = new Sampler({ procRoot: '/absent', clock: systemClock })
  expect(() => sampler.check()).toThrow(/Cannot list processes: '\/absent'.*--proc-root/)
})
