/**
 * A hundred thousand records in one list: few requests reach the last one, only what is seen is in the page, and
 * scrolling leaves time for 30 frames a second, told by processor time, so that a busy machine does not matter.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { launch, open, settled, threadTime } from './browser.ts'
import { type Running, serve, until } from './magpie.ts'

const records = 100_000
let folder: string
let running: Running
let browser: Browser

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'magpie-far-'))
  const config = `data_dir: ./data
sources:
  - name: app
    file: { include: [./app.jsonl] }
    parse: { json: { time: time, severity: level, message: message, target_module: module, elapsed_ms: took } }
`
  await writeFile(join(folder, 'magpie.yaml'), config)
  const begin = Date.now() - records * 20
  const line = (n: number) => {
    const level = n % 50 === 0 ? 'error' : n % 9 === 0 ? 'warn' : 'info'
    const time = new Date(begin + n * 20).toISOString()
    return JSON.stringify({ time, level, message: `line ${n} of the long list`, module: `m${n % 7}`, took: n % 900 })
  }
  await writeFile(join(folder, 'app.jsonl'), `${Array.from({ length: records }, (_, n) => line(n)).join('\n')}\n`)
  running = await serve(folder)
  browser = await launch()
  await until('all lines to be read', async () => {
    const health = (await (await fetch(`${running.url}/api/v1/health`)).json()) as {
      store: { rows: number; open_rows: number }
    }
    return health.store.rows + health.store.open_rows >= records
  })
}, 180_000)
afterAll(async () => {
  await browser?.close()
  await running?.stop()
  await rm(folder, { recursive: true, force: true })
})

test('the last of 100,000 rows is sixteen requests away, and scrolling is smooth', { timeout: 180_000 }, async () => {
  const { page, complaints, close } = await open(browser, running.url)
  try {
    let pages = 0
    page.on('request', (request) => {
      if (new URL(request.url()).pathname === '/api/v1/records') pages += 1
    })
    await page.addInitScript(() => localStorage.setItem('magpie.refresh', JSON.stringify({ auto: false })))
    const began = Date.now()
    await page.goto('/records?from=now-1d')
    await settled(page)
    const list = page.getByRole('listbox', { name: 'Records' })
    await list.getByRole('option').first().waitFor()
    const count = async () => Number(await list.getByRole('option').first().getAttribute('aria-setsize'))
    await until(
      'the list to hold all rows',
      async () => {
        await list.evaluate((element) => element.scrollTo({ top: element.scrollHeight }))
        return (await count()) === records
      },
      120,
    )
    console.log(`${records} rows: ${pages} requests, ${((Date.now() - began) / 1000).toFixed(1)} s`)
    expect(pages).toBeLessThanOrEqual(16)
    await list.evaluate((element) => element.scrollTo({ top: element.scrollHeight }))
    await list.getByText('line 0 of the long list').waitFor()
    await page.getByText('100k records').first().waitFor()

    // A hand on the wheel for four seconds, from the middle on.
    await list.evaluate((element) => element.scrollTo({ top: element.scrollHeight / 2 }))
    const spent = await threadTime(page)
    const before = await spent()
    const scrolled = await list.evaluate(async (element) => {
      const gaps: number[] = []
      let most = 0
      let last = performance.now()
      const end = last + 4000
      while (last < end) {
        element.scrollTop += 96
        const time = await new Promise<number>((done) => requestAnimationFrame(done))
        gaps.push(time - last)
        last = time
        most = Math.max(most, element.querySelectorAll('[role="option"]').length)
      }
      const blank = element.querySelectorAll('[role="option"]').length === 0
      gaps.sort((a, b) => a - b)
      return { frames: gaps.length, longest: gaps.at(-1) ?? 0, middle: gaps[gaps.length >> 1] ?? 0, most, blank }
    })
    const cost = ((await spent()) - before) / scrolled.frames
    console.log(
      `scrolling: ${(scrolled.frames / 4).toFixed(1)} frames/s, median ${scrolled.middle.toFixed(1)} ms, longest ${scrolled.longest.toFixed(0)} ms, ${cost.toFixed(1)} ms of the page's thread for a frame, at most ${scrolled.most} rows in the page`,
    )
    expect(scrolled.blank).toBe(false)
    expect(scrolled.most).toBeLessThanOrEqual(80)
    expect(cost).toBeLessThan(1000 / 30)
    expect(complaints).toEqual([])
  } finally {
    await close()
  }
})
