/** The first screen, and a log file dropped on it: previewed, handed over, read, until its records are seen. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { launch, open, settled, violations } from './browser.ts'
import { type Running, serve } from './magpie.ts'

let folder: string
let running: Running
let browser: Browser

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'magpie-first-'))
  const config = `data_dir: ${folder}/data
sources:
  - { name: app, file: "${folder}/logs/*.log" }
monitors:
  - { name: calls, by: [source, target_module, service] }
`
  await writeFile(join(folder, 'magpie.yaml'), config)
  running = await serve(folder)
  browser = await launch()
})
afterAll(async () => {
  await browser?.close()
  await running?.stop()
  await rm(folder, { recursive: true, force: true })
})

/** An access log of the last hour. */
function accessLog(lines: number, path: string): string {
  const months = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ')
  const two = (n: number) => String(n).padStart(2, '0')
  const at = (ms: number) => {
    const d = new Date(ms)
    const day = `${two(d.getUTCDate())}/${months[d.getUTCMonth()]}/${d.getUTCFullYear()}`
    return `${day}:${two(d.getUTCHours())}:${two(d.getUTCMinutes())}:${two(d.getUTCSeconds())} +0000`
  }
  const now = Date.now()
  return Array.from(
    { length: lines },
    (_, n) => `10.0.0.${n % 9} - - [${at(now - (lines - n) * 500)}] "GET ${path} HTTP/1.1" 200 ${n} "-" "curl/8"\n`,
  ).join('')
}

/** Drops a file as a hand would: over the page, then let go. */
async function drop(page: Page, name: string, text: string) {
  const data = await page.evaluateHandle(
    ([name, text]) => {
      const transfer = new DataTransfer()
      transfer.items.add(new File([text ?? ''], name ?? '', { type: 'text/plain' }))
      return transfer
    },
    [name, text],
  )
  await page.dispatchEvent('main', 'dragenter', { dataTransfer: data })
  await page.getByText('Drop the log file to see what is in it').waitFor()
  await page.dispatchEvent('main', 'drop', { dataTransfer: data })
}

test('while nothing has been read every page shows the way in', async () => {
  const { page, complaints, close } = await open(browser, running.url)
  try {
    for (const path of ['/map', '/explore', '/alerts', '/records']) {
      await page.goto(path)
      await page.getByRole('heading', { name: 'Nothing has been read yet' }).waitFor()
    }
    expect(await violations(page)).toEqual([])
    for (const path of ['/sources', '/health', '/monitors']) {
      await page.goto(path)
      await page.getByText(/^Nothing has been read yet\. Drop a log file/).waitFor()
    }
    expect(complaints).toEqual([])
  } finally {
    await close()
  }
})

test('on the phone, in Chinese, it fits', async () => {
  const { page, close } = await open(browser, running.url, { lang: 'zh', size: 'phone' })
  try {
    await page.goto('/map')
    await page.getByRole('heading', { name: '尚未读到任何日志' }).waitFor()
    expect(await violations(page)).toEqual([])
    const sideways = await page.evaluate(
      () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
    )
    expect(sideways).toBe(0)
  } finally {
    await close()
  }
})

test('a dropped log file is previewed, handed over, read, and its records are seen', async () => {
  const { page, close } = await open(browser, running.url)
  try {
    await page.goto('/map')
    await page.getByRole('heading', { name: 'Nothing has been read yet' }).waitFor()
    await drop(page, 'shop access.log', accessLog(3000, '/cart'))
    const dialog = page.getByRole('dialog')
    await dialog.getByText(/Looks like combined/).waitFor()
    await dialog.getByRole('cell', { name: '/cart' }).first().waitFor()
    expect(await violations(page)).toEqual([])
    await dialog.getByRole('button', { name: 'Hand it over' }).click()
    await dialog.getByText('It was read: its records can be searched.').waitFor({ timeout: 90_000 })
    await dialog.getByRole('button', { name: 'See its records' }).click()
    await page.waitForURL(/\/records\?/)
    await page.getByText('3,000 records').waitFor()
    await page.getByRole('listbox', { name: 'Records' }).getByRole('option').first().waitFor()
  } finally {
    await close()
  }
}, 180_000)

test('a packed file is chosen on the sources page, and unpacked', async () => {
  const { page, close } = await open(browser, running.url)
  try {
    const file = join(folder, 'old.log.gz')
    await writeFile(file, gzipSync(accessLog(200, '/packed')))
    await page.goto('/sources')
    await settled(page)
    const [chooser] = await Promise.all([
      page.waitForEvent('filechooser'),
      page.getByRole('button', { name: 'Hand over a log file' }).click(),
    ])
    await chooser.setFiles(file)
    const dialog = page.getByRole('dialog')
    await dialog.getByRole('cell', { name: '/packed' }).first().waitFor()
    await dialog.getByRole('button', { name: 'Hand it over' }).click()
    await dialog.getByRole('button', { name: 'See its records' }).click({ timeout: 90_000 })
    await page.getByText('200 records').waitFor()
  } finally {
    await close()
  }
}, 180_000)
