import { afterAll, beforeAll, expect, setDefaultTimeout } from 'bun:test'
import type { Browser } from 'playwright-core'
import { needs } from '#test/fixtures/needs.ts'
import { until } from '#test/fixtures/until.ts'
import { later, madeUpPod } from '#topz/model/made-up-pod.ts'
import type { Table } from '#topz/model/table.ts'
import { openPage, picture, startBrowser } from './browser.ts'
import { type PodServer, servePod } from './topz-page.ts'

const { test } = needs('chromium')
setDefaultTimeout(30_000)

let browser: Browser
beforeAll(async () => {
  browser = await startBrowser()
})
afterAll(() => browser?.close())

/** Ten minutes: quiet first, a process killed for memory after 300 s, trouble from then on. */
function tenMinutes(pod: PodServer): { readonly killedAtMs: number; readonly last: Table } {
  let table = madeUpPod
  const killedAtMs = madeUpPod.takenAtMs + 300_000
  for (let second = 1; second <= 600; second++) {
    const atMs = madeUpPod.takenAtMs + second * 1000
    const kill = { kind: 'oom-kill', container: 'app-id', label: 'app', process: null } as const
    table = {
      ...madeUpPod,
      takenAtMs: atMs,
      ...(second < 300 ? { verdict: 'All quiet', verdictTone: 'quiet' } : {}),
      events: atMs === killedAtMs ? [{ ...kill, atMs, count: 1, says: 'node was killed' }] : [],
    }
    pod.show(table)
  }
  return { killedAtMs, last: table }
}

test('the line of time leads the whole page to a moment, by a tick, by keys and by address', async () => {
  await using pod = await servePod()
  const { killedAtMs, last } = tenMinutes(pod)
  await using opened = await openPage(browser, pod.url)
  const { page, faults } = opened
  const heading = page.getByRole('heading', { level: 1 })
  await heading.getByText(madeUpPod.verdict).waitFor()

  await page.getByRole('button', { name: /node was killed/ }).click()
  await page.getByText(/^As it was at /).waitFor()
  expect(new URL(page.url()).hash).toBe(`#at=${killedAtMs}`)
  await picture(page, 'topz-past')

  const moment = page.getByRole('slider', { name: 'Moment' })
  await moment.focus()
  await page.keyboard.press('ArrowLeft')
  await heading.getByText('All quiet').waitFor()
  expect(new URL(page.url()).hash).toBe(`#at=${killedAtMs - 1000}`)

  // what comes meanwhile is not shown
  pod.show(later(last, { verdict: 'app is gone' }))
  await Bun.sleep(300)
  expect(await heading.innerText()).toBe('All quiet')
  await page.keyboard.press('l')
  await heading.getByText('app is gone').waitFor()
  expect(new URL(page.url()).hash).toBe('')
  expect(await page.getByRole('button', { name: 'Live' }).count()).toBe(0)
  expect(faults).toEqual([])
})

test('a link to a moment shows that moment', async () => {
  await using pod = await servePod()
  const { killedAtMs } = tenMinutes(pod)
  await using opened = await openPage(browser, `${pod.url}#at=${killedAtMs - 5000}`)
  await opened.page.getByRole('heading', { level: 1, name: 'All quiet' }).waitFor()
  await opened.page.getByRole('button', { name: 'Live' }).click()
  await opened.page.getByRole('heading', { level: 1, name: madeUpPod.verdict }).waitFor()
})

test('a moment that is not kept any more is said to be gone, and now is shown', async () => {
  await using pod = await servePod()
  await using opened = await openPage(browser, `${pod.url}#at=5`)
  await opened.page.getByText('Nothing that old is kept: this is now').waitFor()
  await until(() => (new URL(opened.page.url()).hash === '' ? true : null))
})
