import { expect, test } from 'bun:test'
import { deviceBytesIn, keysIn, pressureIn } from './text.ts'

const pressure = `some avg10=0.00 avg60=0.12 avg300=0.40 total=2500000
full avg10=0.00 avg60=0.00 avg300=0.00 total=1
`

test('pressure is the time in which some process waited, in seconds', () => {
  expect(pressureIn(pressure)).toBe(2.5)
  expect(pressureIn('full avg10=0.00 avg60=0.00 avg300=0.00 total=9\n')).toBe('not-offered')
})

test('io.stat is added up over devices, also where two stand on one line', () => {
  const text = `8:16 8:0 rbytes=1000 wbytes=20 rios=3 wios=1 dbytes=700 dios=1
253:0 rbytes=5 wbytes=6 rios=1 wios=1 dbytes=0 dios=0
254:0 \n`
  expect(deviceBytesIn(text, 'rbytes=')).toBe(1005)
  expect(deviceBytesIn(text, 'wbytes=')).toBe(26)
})

test("blkio's files are added up over devices, without their own totals", () => {
  const text = `8:0 Read 4096
8:0 Write 100
8:0 Sync 4196
8:0 Async 0
8:0 Total 4196
8:16 Read 1
8:16 Write 2
8:16 Total 3
Total 4199
`
  expect(deviceBytesIn(text, 'Read ')).toBe(4097)
  expect(deviceBytesIn(text, 'Write ')).toBe(102)
})

test('no device yet is nothing moved on v2, and not known on v1', () => {
  for (const text of ['', '8:0 \n']) expect(deviceBytesIn(text, 'rbytes=')).toBe(0)
  expect(deviceBytesIn('Total 0\n', 'Write ')).toBe('not-offered')
  expect(deviceBytesIn('8:0 Read 0\n8:0 Write 0\n8:0 Total 0\nTotal 0\n', 'Write ')).toBe(0)
  expect(deviceBytesIn('what is this\n', 'rbytes=')).toBe('not-offered')
})

test('a sum is over those keys that the kernel has', () => {
  expect(keysIn('slab 5\nsock 6\nsock_more 100\n', ['slab', 'percpu', 'sock'])).toBe(11)
  expect(keysIn('anon 5\n', ['slab', 'percpu'])).toBe('not-offered')
})
