import { expect, test } from 'bun:test'
import {
  type Amount,
  bytes,
  bytesPerSecond,
  cores,
  duration,
  limit,
  percent,
  word,
} from './format.ts'

const said = ({ digits, unit }: Amount): string => `${digits} ${unit}`

test('CPU is in millicores below one core and in cores from there, in three digits', () => {
  const given = [0, 0.04, 3.14, 38, 24.25, 812.4, 999.4, 999.6, 1370, 12_345, 128_000]
  expect(given.map((value) => said(cores(value)))).toEqual([
    '0 m',
    '0.04 m',
    '3.14 m',
    '38 m',
    '24.3 m',
    '812 m',
    '999 m',
    '1 cores',
    '1.37 cores',
    '12.3 cores',
    '128 cores',
  ])
})

test('bytes are in powers of 1024 and never need four digits', () => {
  const given = [0, 1, 999, 1000, 1024, 9.8 * 2 ** 20, 302 * 2 ** 20, 1023 * 2 ** 20, 2 ** 40]
  expect(given.map((value) => said(bytes(value)))).toEqual([
    '0 B',
    '1 B',
    '999 B',
    '0.98 Ki',
    '1 Ki',
    '9.8 Mi',
    '302 Mi',
    '1 Gi',
    '1 Ti',
  ])
})

test('a rate is bytes with a stroke, a large limit has three digits', () => {
  expect([0, 1.5 * 2 ** 20].map((rate) => said(bytesPerSecond(rate)))).toEqual([
    '0 B/s',
    '1.5 Mi/s',
  ])
  expect([1024, 65_536, 262_144, 1_048_576, 1e9].map(limit)).toEqual([
    '1024',
    '65536',
    '262k',
    '1.05M',
    '1G',
  ])
})

test('a duration is its largest whole unit', () => {
  expect([0.4, 59, 60, 3599, 3600, 86_399, 86_400, -1].map((s) => said(duration(s)))).toEqual([
    '0 s',
    '59 s',
    '1 min',
    '59 min',
    '1 h',
    '23 h',
    '1 d',
    '0 s',
  ])
})

test('a share is in percent, and a little is not nothing', () => {
  expect([0, 0.0001, 0.004, 0.38, 0.999, 1.2].map((share) => said(percent(share)))).toEqual([
    '0 %',
    '<0.1 %',
    '0.4 %',
    '38 %',
    '100 %',
    '120 %',
  ])
})

test('in text an amount is one word, as Kubernetes writes quantities', () => {
  expect([cores(812), cores(1370), bytes(302 * 2 ** 20)].map(word)).toEqual([
    '812m',
    '1.37',
    '302Mi',
  ])
})
