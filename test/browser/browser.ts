import { mkdirSync } from 'node:fs'
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core'
import { program } from '#test/fixtures/needs.ts'

const quietly = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

/** The machine's own Chromium. */
export function startBrowser(): Promise<Browser> {
  const executablePath = program('chromium') ?? 'chromium'
  return chromium.launch({ executablePath, args: quietly })
}

export interface Watched extends AsyncDisposable {
  readonly page: Page
  /** What a good page never has: its errors, policy violations, requests to others. */
  readonly faults: readonly string[]
}

/** Opens a page in a context of its own, and watches it. */
export async function openPage(
  browser: Browser,
  url: string,
  options: BrowserContextOptions = {},
): Promise<Watched> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 720 }, ...options })
  const page = await context.newPage()
  const faults: string[] = []
  const { origin } = new URL(url)
  page.on('pageerror', (error) => void faults.push(`error: ${error.message}`))
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) faults.push(`console: ${message.text()}`)
  })
  page.on('request', (request) => {
    const own = request.url().startsWith(`${origin}/`) || request.url().startsWith('data:')
    if (!own) faults.push(`request: ${request.url()}`)
  })
  await page.goto(url)
  return {
    page,
    faults,
    async [Symbol.asyncDispose]() {
      await context.close()
    },
  }
}

/** Keeps a picture of the page where the environment says that pictures are wanted. */
export async function picture(page: Page, name: string): Promise<void> {
  const folder = process.env.PICTURES
  if (folder === undefined) return
  mkdirSync(folder, { recursive: true })
  await page.screenshot({ path: `${folder}/${name}.png`, fullPage: name.includes('phone') })
}
