import { mkdirSync } from 'node:fs'
import { resolve } from 'node:path'
import type { BrowserContextOptions } from 'playwright-core'
import { openPage, startBrowser } from '#test/browser/browser.ts'
import { servePod } from '#test/browser/topz-page.ts'
import { seeded } from '#test/fixtures/seeded.ts'
import { later, madeUpPod } from '#topz/model/made-up-pod.ts'
import type { Table } from '#topz/model/table.ts'

/* Makes the pictures of the pages that the documents show: npm run pictures [FOLDER] */

const folder = resolve(process.argv[2] ?? 'docs/pictures')

const sizes: Readonly<Record<string, BrowserContextOptions>> = {
  '': { viewport: { width: 1280, height: 720 } },
  '-wide': { viewport: { width: 1920, height: 1080 } },
  '-phone': { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, isMobile: true },
}

/** The pod a moment later, everything a little more or less than before. */
function moved(table: Table, random: () => number): Table {
  const about = (value: number | null): number | null =>
    value === null ? null : value * (0.94 + random() * 0.12)
  return later(table, {
    containers: madeUpPod.containers.map((container) => ({
      ...container,
      cpuMillicores: about(container.cpuMillicores),
    })),
    processes: madeUpPod.processes.map((process) => ({
      ...process,
      cpuMillicores: about(process.cpuMillicores),
      rssBytes: about(process.rssBytes),
    })),
  })
}

mkdirSync(folder, { recursive: true })
const browser = await startBrowser()
await using pod = await servePod()
try {
  for (const colorScheme of ['light', 'dark'] as const) {
    for (const [size, options] of Object.entries(sizes)) {
      const random = seeded(7)
      pod.show(madeUpPod)
      await using opened = await openPage(browser, pod.url, { ...options, colorScheme })
      const { page, faults } = opened
      let table = madeUpPod
      for (let moment = 0; moment < 60; moment++) {
        table =
          moment === 59
            ? later(table, { ...madeUpPod, takenAtMs: table.takenAtMs + 1000 })
            : moved(table, random)
        pod.show(table)
        await page.waitForTimeout(25)
      }
      await page.waitForTimeout(400)
      const path = `${folder}/topz${size}-${colorScheme}.png`
      await page.screenshot({ path, fullPage: size === '-phone' })
      if (faults.length > 0) throw new Error(`The page has faults: ${faults.join('; ')}`)
    }
  }
} finally {
  await browser.close()
}
