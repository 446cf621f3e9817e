/**
 * Headless Chromium, the one that the system has, and pages opened in it as a person would have them: language,
 * appearance, size. A page collects what its console complains of, and axe looks at it for accessibility.
 */
import { readFileSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Browser, chromium, type Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, inject } from 'vitest'
import { type Served, serve } from './magpie.ts'

const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

export type Lang = 'en' | 'zh'
export type Scheme = 'light' | 'dark'

export const sizes = { desktop: { width: 1440, height: 900 }, phone: { width: 390, height: 844 } } as const
export type Size = keyof typeof sizes

export function launch(): Promise<Browser> {
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-dev-shm-usage', '--force-color-profile=srgb'],
  })
}

export interface View {
  lang?: Lang
  scheme?: Scheme
  size?: Size
  zone?: string
}

export interface Opened {
  page: Page
  /** Errors of the console and uncaught exceptions so far. */
  complaints: string[]
  close: () => Promise<void>
}

/** A page in a browser of its own kind: nothing is shared with other pages, as with a second person. */
export async function open(browser: Browser, url: string, view: View = {}): Promise<Opened> {
  const { lang = 'en', scheme = 'light', size = 'desktop', zone = 'Asia/Shanghai' } = view
  const context = await browser.newContext({
    baseURL: url,
    locale: lang === 'zh' ? 'zh-CN' : 'en-GB',
    colorScheme: scheme,
    viewport: sizes[size],
    timezoneId: zone,
    hasTouch: size === 'phone',
    reducedMotion: 'reduce',
    acceptDownloads: true,
  })
  const page = await context.newPage()
  page.setDefaultTimeout(30_000)
  const complaints: string[] = []
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text())
  })
  page.on('pageerror', (error) => complaints.push(String(error.stack ?? error)))
  return { page, complaints, close: () => context.close() }
}

/** A browser for a file of tests on the demo, and a page of its own for each of them, which `use` is given with the browser. */
export function onePageEach(use: (page: Page, browser: Browser) => void): void {
  let browser: Browser
  let opened: Opened
  beforeAll(async () => {
    browser = await launch()
  })
  afterAll(() => browser.close())
  beforeEach(async () => {
    opened = await open(browser, inject('url'))
    use(opened.page, browser)
  })
  afterEach(() => opened.close())
}

/** A browser, and a Magpie that reads the `calls.jsonl` of a folder of its own. */
export interface Beside {
  browser: Browser
  folder: string
  magpie: Served
  /** Ends both, and removes the folder. */
  stop: () => Promise<void>
}

export async function beside(config: string, calls: string): Promise<Beside> {
  const folder = await mkdtemp(join(tmpdir(), 'magpie-e2e-'))
  await writeFile(join(folder, 'magpie.yaml'), config)
  await writeFile(join(folder, 'calls.jsonl'), calls)
  const browser = await launch()
  const started: Beside = {
    browser,
    folder,
    magpie: await serve(folder),
    stop: async () => {
      await started.browser.close()
      await started.magpie.stop()
      await rm(folder, { recursive: true, force: true })
    },
  }
  return started
}

/** Waits until the page has loaded its data: no skeleton, no bar. The stream stays open, so the network never rests. */
export async function settled(page: Page): Promise<void> {
  await page.locator('h1').waitFor()
  await page.waitForFunction(() => document.querySelectorAll('[role="status"] > span[style*="width"]').length === 0)
}

/**
 * Processor time that the page's own thread has taken so far, in milliseconds: what a frame costs, whatever else the
 * machine is doing.
 */
export async function threadTime(page: Page): Promise<() => Promise<number>> {
  const session = await page.context().newCDPSession(page)
  await session.send('Performance.enable', { timeDomain: 'threadTicks' })
  return async () => {
    const { metrics } = await session.send('Performance.getMetrics')
    const spent = metrics.find(({ name }) => name === 'TaskDuration')
    if (!spent) throw new Error('the browser does not tell how long its tasks took')
    return spent.value * 1000
  }
}

interface Violation {
  id: string
  help: string
  nodes: { target: unknown; failureSummary?: string }[]
}

/** What axe finds against WCAG 2.2 AA, as lines; none is the aim. */
export async function violations(page: Page): Promise<string[]> {
  // Evaluated, not added as a script, which the policy of the pages would rightly refuse.
  await page.evaluate(axeSource)
  const found = await page.evaluate(async () => {
    const { axe } = window as unknown as { axe: { run: (options: object) => Promise<{ violations: Violation[] }> } }
    const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']
    return (await axe.run({ runOnly: { type: 'tag', values: tags } })).violations
  })
  return found.flatMap(({ id, help, nodes }) =>
    nodes.map(({ target, failureSummary }) => `${id}: ${help} at ${String(target)}. ${failureSummary ?? ''}`),
  )
}
