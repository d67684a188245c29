import { afterAll, beforeAll, expect, setDefaultTimeout } from 'bun:test'
import type { Browser, Locator, Page } from 'playwright-core'
import { needs } from '#test/fixtures/needs.ts'
import { until } from '#test/fixtures/until.ts'
import { later, madeUpPod, madeUpProcess } from '#topz/model/made-up-pod.ts'
import { openPage, picture, startBrowser } from './browser.ts'
import { servePod } from './topz-page.ts'

const { test } = needs('chromium')
setDefaultTimeout(30_000)

let browser: Browser
beforeAll(async () => {
  browser = await startBrowser()
})
afterAll(() => browser?.close())

function rows(page: Page): Locator {
  const cells = page.getByRole('cell')
  return page.getByRole('region', { name: 'Processes' }).getByRole('row').filter({ has: cells })
}

/** The first two words of each line's command. */
async function commands(page: Page): Promise<readonly string[]> {
  const texts = await rows(page).evaluateAll((all) =>
    all.map((row) => row.querySelector('td:last-child')?.textContent ?? ''),
  )
  return texts.map((text) => text.replace(/^[▾▸]/, '').split(' ').slice(0, 2).join(' '))
}

const family = later(madeUpPod, {
  processes: madeUpPod.processes.map((process) => {
    const parents: Readonly<Record<number, number>> = { 41: 40, 77: 40, 12: 7, 13: 7 }
    return { ...process, parentPid: parents[process.pid] ?? 0 }
  }),
})

test('a tree has children below their parents, folds, and is a list again by the same key', async () => {
  await using pod = await servePod()
  pod.show(family)
  await using opened = await openPage(browser, pod.url)
  const { page, faults } = opened
  await until(() => (pod.viewers === 1 ? true : null))
  await page.keyboard.press('t')
  await page.getByRole('button', { name: 'Tree', pressed: true }).waitFor()
  expect(new URL(page.url()).hash).toBe('#view=tree')
  expect(await commands(page)).toEqual([
    ...['topz --addr=0.0.0.0:8081', 'nginx: master', 'nginx: worker', 'nginx: worker'],
    ...['sh -c', 'node server.js', 'node worker.js', 'dumb-init --'],
  ])
  await picture(page, 'topz-tree')
  await page.getByRole('button', { name: 'Hide what is below sh' }).click()
  const folded = page.getByRole('row', { name: /sh -c/ })
  await folded.getByText('3 processes').waitFor()
  await folded.getByText('1.21 cores').waitFor()
  expect(await page.getByRole('row', { name: /server\.js --port/ }).count()).toBe(0)
  await page.getByRole('button', { name: 'Show what is below sh' }).click()
  await page.getByRole('row', { name: /server\.js --port/ }).waitFor()
  await page.keyboard.press('t')
  await page.getByRole('button', { name: 'List', pressed: true }).waitFor()
  expect(new URL(page.url()).hash).toBe('')
  expect(faults).toEqual([])
})

test('groups add up each container, by key, click and address', async () => {
  await using pod = await servePod()
  await using opened = await openPage(browser, `${pod.url}#view=groups&filter=cpu%3E100m`)
  const { page, faults } = opened
  const app = page.getByRole('row', { name: /2 processes/ })
  await app.getByText('1.21 cores').waitFor()
  await app.getByText('398 Mi').waitFor()
  await page.getByRole('searchbox', { name: 'Filter' }).press('Escape')
  await page
    .getByRole('row', { name: /3 processes/ })
    .getByText('nginx')
    .waitFor()
  await picture(page, 'topz-groups')
  await page.getByRole('button', { name: 'Hide what is below app' }).click()
  expect(await page.getByRole('row', { name: /server\.js --port/ }).count()).toBe(0)
  await page.getByRole('button', { name: 'List' }).click()
  await page.getByRole('row', { name: /server\.js --port/ }).waitFor()
  await page.keyboard.press('g')
  await page.getByRole('button', { name: 'By container', pressed: true }).waitFor()
  expect(faults).toEqual([])
})

test('of thousands of rows those near the eye are rendered, and all can be scrolled to', async () => {
  await using pod = await servePod()
  const processes = Array.from({ length: 2000 }, (_, at) =>
    madeUpProcess(1000 + at, { cpuMillicores: 5000 - at, command: `job number-${at}` }),
  )
  pod.show(later(madeUpPod, { processes }))
  await using opened = await openPage(browser, pod.url)
  const { page, faults } = opened
  await page.getByText('2000 processes').waitFor()
  expect(await page.getByText('number-0', { exact: false }).first().isVisible()).toBe(true)
  expect(await rows(page).count()).toBeLessThan(150)
  await page.keyboard.press('End')
  const last = page.getByRole('row', { name: /number-1999/ })
  await last.waitFor()
  expect(await last.getAttribute('aria-rowindex')).toBe('2001')
  expect(await rows(page).count()).toBeLessThan(150)
  expect(await page.getByRole('table').getAttribute('aria-rowcount')).toBe('2001')
  expect(faults).toEqual([])
})
