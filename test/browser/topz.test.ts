import { afterAll, beforeAll, expect, setDefaultTimeout } from 'bun:test'
import type { Browser, Locator, Page } from 'playwright-core'
import { needs } from '#test/fixtures/needs.ts'
import { startSidecar } from '#test/fixtures/sidecar.ts'
import { until } from '#test/fixtures/until.ts'
import { later, madeUpPod, madeUpProcess } from '#topz/model/made-up-pod.ts'
import { openPage, picture, startBrowser } from './browser.ts'
import { servePod } from './topz-page.ts'

const { describe, test } = needs('chromium')

// a test that runs out of time takes the browser with it
setDefaultTimeout(30_000)

let browser: Browser
beforeAll(async () => {
  browser = await startBrowser()
})
afterAll(() => browser?.close())

function processes(page: Page): Locator {
  return page.getByRole('region', { name: 'Processes' })
}

/** The commands of all rows, top down. The row of headings has no cells. */
async function commands(page: Page): Promise<readonly string[]> {
  const cells = page.getByRole('cell')
  const rows = await processes(page).getByRole('row').filter({ has: cells }).all()
  const texts = await Promise.all(rows.map((row) => row.getByRole('cell').last().innerText()))
  return texts.map((text) => text.split(' ').slice(0, 2).join(' '))
}

async function untilCommands(page: Page, wanted: readonly string[]): Promise<void> {
  const same = async () => (Bun.deepEquals(await commands(page), wanted) ? true : null)
  await until(same, { timeoutMs: 5_000 }).catch(() => null)
  expect(await commands(page)).toEqual([...wanted])
}

const byCpu = [
  'node server.js',
  'node worker.js',
  'nginx: worker',
  'nginx: worker',
  'topz --addr=0.0.0.0:8081',
  'nginx: master',
  'sh -c',
  'dumb-init --',
]

describe('the page', () => {
  test('says the verdict first, shows each container against its limits, and all processes', async () => {
    await using pod = await servePod()
    await using opened = await openPage(browser, pod.url)
    const { page, faults } = opened
    await page.getByRole('heading', { level: 1, name: madeUpPod.verdict }).waitFor()
    expect(await page.title()).toBe(`${madeUpPod.verdict} · web-7d9f6c8b5-x2x4q`)
    const app = page.getByRole('article', { name: 'app' })
    await app.getByText('OOM kill ×2').waitFor()
    await app.getByRole('img', { name: 'Memory: 92 % of the limit' }).waitFor()
    await page.getByRole('article', { name: 'nginx' }).getByText('no limit').waitFor()
    await page.getByRole('article', { name: 'topz' }).getByText('this viewer').waitFor()
    await untilCommands(page, byCpu)
    expect(faults).toEqual([])
    await picture(page, 'topz-light')
  })

  test('follows its stream: new rows come, gone rows stay struck through, values change', async () => {
    await using pod = await servePod()
    await using opened = await openPage(browser, pod.url, { colorScheme: 'dark' })
    const { page, faults } = opened
    await untilCommands(page, byCpu)
    await until(() => (pod.viewers === 1 ? true : null))
    const rest = madeUpPod.processes.filter(({ pid }) => pid !== 40)
    const convert = { command: '/usr/bin/convert in.png', cpuMillicores: 146, ageSeconds: 2 }
    pod.show(later(madeUpPod, { processes: [...rest, madeUpProcess(903, convert)] }))
    await untilCommands(page, byCpu.toSpliced(2, 0, 'convert in.png'))
    const gone = processes(page).getByRole('row', { name: /\bsh -c/ })
    await gone.getByText(/^ended \d s ago$/).waitFor()
    expect(await gone.locator('s').count()).toBe(1)
    await page.getByRole('status').getByText('Live').waitFor()
    expect(faults).toEqual([])
    await picture(page, 'topz-dark')
  })

  test('sorts by a click on a heading and by keys, says so, and keeps it in the address', async () => {
    await using pod = await servePod()
    await using opened = await openPage(browser, pod.url)
    const { page } = opened
    const heading = (name: string): Locator => page.getByRole('columnheader', { name })
    expect(await heading('CPU').getAttribute('aria-sort')).toBe('descending')
    await heading('Memory').getByRole('button').click()
    expect(await heading('Memory').getAttribute('aria-sort')).toBe('descending')
    expect(await heading('CPU').getAttribute('aria-sort')).toBe('none')
    expect((await commands(page)).slice(0, 3)).toEqual([...byCpu.slice(0, 2), byCpu[4] ?? ''])
    expect((await commands(page)).at(-1)).toBe('dumb-init --')
    await page.keyboard.press('r')
    await untilCommandsStart(page, 'nginx: master')
    expect(page.url()).toEndWith('#sort=mem')
    await page.reload()
    await untilCommandsStart(page, 'nginx: master')
    await page.keyboard.press('s')
    expect(await heading('Threads').getAttribute('aria-sort')).toBe('descending')
  })

  test('filters by words and expressions, keeps them in the address, and by a click on a card', async () => {
    await using pod = await servePod()
    await using opened = await openPage(browser, `${pod.url}#filter=c:app+cpu%3E100m`)
    const { page } = opened
    await untilCommands(page, ['node server.js', 'node worker.js'])
    const box = page.getByRole('searchbox', { name: 'Filter' })
    expect(await box.inputValue()).toBe('c:app cpu>100m')
    await page.keyboard.press('/')
    await box.fill('user:root')
    await untilCommands(page, ['dumb-init --'])
    expect(new URL(page.url()).hash).toBe('#filter=user%3Aroot')
    await box.fill('nothing like this')
    await page.getByText('No process fits this filter.').waitFor()
    await box.press('Escape')
    await untilCommands(page, byCpu)
    await page.getByRole('article', { name: 'nginx' }).getByRole('button').click()
    await untilCommands(page, ['nginx: worker', 'nginx: worker', 'nginx: master'])
    expect(await box.inputValue()).toBe('c:nginx')
  })

  test('freezes, and goes on with what is newest', async () => {
    await using pod = await servePod()
    await using opened = await openPage(browser, pod.url)
    const { page } = opened
    await until(() => (pod.viewers === 1 ? true : null))
    await page.keyboard.press('f')
    await page.getByText(/^Frozen \d s ago$/).waitFor()
    pod.show(later(madeUpPod, { verdict: 'All quiet', verdictTone: 'quiet' }))
    await Bun.sleep(200)
    expect(await page.getByRole('heading', { level: 1 }).innerText()).toBe(madeUpPod.verdict)
    await page.getByRole('button', { name: 'Go on' }).click()
    pod.show(later(madeUpPod, { verdict: 'All quiet', verdictTone: 'quiet' }))
    await page.getByRole('heading', { level: 1, name: 'All quiet' }).waitFor()
  })

  test('tells of an unknown value why, and of zero nothing', async () => {
    await using pod = await servePod()
    await using opened = await openPage(browser, pod.url)
    const row = processes(opened.page).getByRole('row', { name: /dumb-init/ })
    const hidden = row.getByTitle('hidden: it runs as another user than topz')
    expect(await hidden.count()).toBe(2)
    expect(await row.getByText('–').count()).toBe(1)
  })

  test('shows names made to deceive as text, with every control character', async () => {
    await using pod = await servePod()
    const command =
      '/x/<img src=y onerror=alert(1)> "><script>alert(2)</script>\n\u001b[2J\u202egpj'
    const evil = madeUpProcess(666, { command, name: '<b>', user: '<i>u</i>', cpuMillicores: 999 })
    pod.show(later(madeUpPod, { processes: [evil], verdict: '<u>app</u> is quiet' }))
    await using opened = await openPage(browser, pod.url)
    const { page, faults } = opened
    await page.getByRole('heading', { name: '<u>app</u> is quiet' }).waitFor()
    const row = processes(page).getByRole('row').last()
    expect(await row.getByRole('cell').last().innerText()).toEndWith(
      '"><script>alert(2)</script>␊␛[2J<U+202E>gpj',
    )
    expect(await row.getByRole('cell').nth(2).innerText()).toBe('<i>u</i>')
    expect(await page.locator('img, b:has(b), i, u, td script').count()).toBe(0)
    expect(faults).toEqual([])
  })

  test('says plainly that its connection is lost, and finds it again', async () => {
    let pod = await servePod()
    await using opened = await openPage(browser, pod.url)
    const { page } = opened
    await until(() => (pod.viewers === 1 ? true : null))
    const { address } = pod
    await pod[Symbol.asyncDispose]()
    await page.getByText(/^Connection lost: this was \d+ s ago$/).waitFor({ timeout: 5_000 })
    pod = await servePod(address)
    await page.getByRole('status').getByText('Live').waitFor({ timeout: 15_000 })
    await pod[Symbol.asyncDispose]()
  })

  test('tells how to let it see the other containers when it only sees itself', async () => {
    await using pod = await servePod()
    pod.show(later(madeUpPod, { sees: 'itself' }))
    await using opened = await openPage(browser, pod.url)
    await opened.page.getByText('shareProcessNamespace: true').waitFor()
  })

  test('fits a phone without scrolling sideways, and sorts there too', async () => {
    await using pod = await servePod()
    await using opened = await openPage(browser, pod.url, {
      viewport: { width: 390, height: 844 },
      hasTouch: true,
      isMobile: true,
    })
    const { page, faults } = opened
    await processes(page).getByText('--port 3000').waitFor()
    const width = await page.evaluate('document.documentElement.scrollWidth')
    expect(width).toBe(390)
    await picture(page, 'topz-phone')
    await page.getByRole('combobox', { name: 'Sort by' }).selectOption({ label: 'PID' })
    await untilCommandsStart(page, 'nginx: master')
    expect(faults).toEqual([])
  })

  test('is a plain table where scripts are off', async () => {
    await using pod = await servePod()
    await using opened = await openPage(browser, pod.url, { javaScriptEnabled: false })
    const { page, faults } = opened
    await page.getByRole('cell', { name: /--port 3000/ }).waitFor()
    expect(await page.getByRole('row').count()).toBe(madeUpPod.processes.length + 1)
    expect(faults).toEqual([])
  })

  test('works below a prefix that a proxy cuts off', async () => {
    await using pod = await servePod()
    const proxy = Bun.serve({
      port: 0,
      hostname: '127.0.0.1',
      fetch: (request) => {
        const { pathname, search } = new URL(request.url)
        if (!pathname.startsWith('/a/b/')) return new Response('outside', { status: 404 })
        const { headers, signal } = request
        return fetch(`http://${pod.address}${pathname.slice(4)}${search}`, {
          headers,
          signal,
          decompress: false,
        })
      },
    })
    {
      await using opened = await openPage(browser, `http://127.0.0.1:${proxy.port}/a/b/topz`)
      await untilCommands(opened.page, byCpu)
      await until(() => (pod.viewers === 1 ? true : null))
      expect(opened.faults).toEqual([])
    }
    await proxy.stop(true)
  })
})

test('topz itself shows this very test, live', async () => {
  await using topz = startSidecar(['topz', '--addr=127.0.0.1:0', '--interval=500ms'])
  const url = (await topz.line('Serving on ')).replace('Serving on ', 'http://')
  await using opened = await openPage(browser, `${url}/topz#filter=pid:${process.pid}`)
  const { page, faults } = opened
  const row = processes(page).getByRole('row').last()
  await row.getByText('bun').first().waitFor()
  expect(await row.getByRole('cell').nth(1).innerText()).toBe(String(process.pid))
  const busyUntil = performance.now() + 1_500
  while (performance.now() < busyUntil) await Promise.resolve()
  const cpu = await row.getByRole('cell').nth(4).innerText()
  expect(cpu).toMatch(/^\d/)
  expect(faults).toEqual([])
})

async function untilCommandsStart(page: Page, command: string): Promise<void> {
  await until(async () => ((await commands(page))[0] === command ? true : null), {
    timeoutMs: 5_000,
    what: `${command} in the first row`,
  })
}
