import { afterAll, beforeAll, expect, setDefaultTimeout } from 'bun:test'
import type { Browser } from 'playwright-core'
import { needs } from '#test/fixtures/needs.ts'
import { until } from '#test/fixtures/until.ts'
import { later, madeUpPod } from '#topz/model/made-up-pod.ts'
import { openPage, picture, startBrowser } from './browser.ts'
import { servePod } from './topz-page.ts'

const { test } = needs('chromium')
setDefaultTimeout(30_000)

let browser: Browser
beforeAll(async () => {
  browser = await startBrowser()
})
afterAll(() => browser?.close())

const family = later(madeUpPod, {
  processes: madeUpPod.processes.map((process) =>
    process.pid === 41 ? { ...process, parentPid: 40 } : process,
  ),
})

test('all about a process stands beside the table, by a click and by address, and Esc closes it', async () => {
  await using pod = await servePod()
  pod.show(family)
  await using opened = await openPage(browser, pod.url)
  const { page, faults } = opened
  await until(() => (pod.viewers === 1 ? true : null))
  await page.getByRole('button', { name: 'All about process 41', exact: true }).click()
  const drawer = page.getByRole('complementary', { name: 'Process 41' })
  await drawer.getByText('/usr/local/bin/node server.js --port 3000').waitFor()
  expect(new URL(page.url()).hash).toBe('#process=41.100')
  await drawer.getByRole('button', { name: 'Read exact memory' }).click()
  await drawer.getByRole('region', { name: 'Exact memory' }).getByText('288 Mi').waitFor()
  await drawer.getByRole('region', { name: 'Open files' }).getByText('180').waitFor()
  await drawer
    .getByRole('region', { name: 'Environment' })
    .getByText('Start topz with --environment')
    .waitFor()
  await picture(page, 'topz-drawer')

  await drawer.getByRole('button', { name: 'sh (40)' }).click()
  await page.getByRole('complementary', { name: 'Process 40' }).waitFor()
  await page.keyboard.press('Escape')
  await until(async () => ((await page.getByRole('complementary').count()) === 0 ? true : null))
  expect(new URL(page.url()).hash).toBe('')
  expect(faults).toEqual([])
})

test('a link to a process shows it, and says when it has ended', async () => {
  await using pod = await servePod()
  await using opened = await openPage(browser, `${pod.url}#process=77.100`)
  const { page } = opened
  const drawer = page.getByRole('complementary', { name: 'Process 77' })
  await drawer.waitFor()
  await until(() => (pod.viewers === 1 ? true : null))
  const processes = madeUpPod.processes.filter(({ pid }) => pid !== 77)
  pod.show(later(madeUpPod, { processes }))
  await drawer.getByText('ended', { exact: true }).waitFor()
  expect(await drawer.getByRole('button', { name: 'Read exact memory' }).count()).toBe(0)
})
