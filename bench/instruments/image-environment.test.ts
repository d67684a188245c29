import { expect, test } from 'bun:test'
import { imageEnvironment } from './image-environment.ts'

test('a sidecar that is measured has the settings of its image', () => {
  expect(imageEnvironment()).toEqual({ BUN_JSC_useWarmUpMarkedBlocks: '0' })
})
