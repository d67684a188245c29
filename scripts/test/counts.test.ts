import { expect, test } from 'bun:test'
import { inWords, none, readReport, sum } from './counts.ts'

// as Bun 1.4.5 wrote it
const junit = `<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="bun test" tests="5" assertions="2" failures="1" skipped="3" time="0.012203464">
  <testsuite name="skip.test.ts" file="skip.test.ts" tests="5" assertions="2" failures="1" skipped="3" time="0.005110677" hostname="vm">
    <testcase name="a &lt;b&gt; &quot;c&quot;" classname="" time="0" file="skip.test.ts" line="2" assertions="0">
      <skipped />
    </testcase>
    <testsuite name="group" file="skip.test.ts" line="3" tests="2" assertions="0" failures="0" skipped="2" time="0" hostname="vm">
      <testcase name="(unnamed)" classname="group" time="0." file="skip.test.ts" assertions="0">
        <skipped />
      </testcase>
      <testcase name="inside" classname="group" time="0" file="skip.test.ts" line="3" assertions="0">
        <skipped />
      </testcase>
    </testsuite>
    <testcase name="good" classname="g2" time="0.000042" file="skip.test.ts" line="4" assertions="1" />
    <testcase name="bad" classname="" time="0.000232" file="skip.test.ts" line="5" assertions="1">
      <failure type="AssertionError" message="expect">AssertionError</failure>
    </testcase>
  </testsuite>
</testsuites>`

test('the counts of a report are those of its tests, without the hooks of skipped groups', () => {
  expect(readReport(junit)?.counts).toEqual({ passed: 1, failed: 1, skipped: 2 })
})

test('skipped tests are named with their file', () => {
  expect(readReport(junit)?.skipped).toEqual(['skip.test.ts: a <b> "c"', 'skip.test.ts: inside'])
})

test('a crashed run has no counts', () => {
  expect(readReport('')).toBeNull()
})

test('the last line sums all suites', () => {
  const one = { passed: 2, failed: 0, skipped: 1 }
  expect(inWords(sum([one, none, one]))).toBe('4 passed, 0 failed, 2 skipped')
})
