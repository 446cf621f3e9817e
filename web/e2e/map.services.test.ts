/**
 * The case by which the map is judged: a monitor (source, target_module, service), two services between the same two,
 * one of them with `warning` above 100 in a bucket. Two edges, and only that one is dashed. A Magpie of its own reads
 * lines that are written while it watches.
 */
import { appendFile, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { launch, open, settled } from './browser.ts'
import { type Running, serve, until } from './magpie.ts'

const config = `
data_dir: ./data
bucket: 5s
lateness: 1s
sources:
  - name: calls
    file: { include: [./calls.jsonl] }
    parse:
      json: { time: time, source: source, target_module: target_module, service: service, elapsed_ms: elapsed_ms, warning: warning }
monitors:
  - name: services
    by: [source, target_module, service]
    thresholds:
      - { field: warning, above: 100 }
`

const rows = (at: Date) =>
  ['/search', '/suggest'].flatMap((service) =>
    Array.from({ length: 60 }, () =>
      JSON.stringify({
        time: at.toISOString(),
        source: '10.2.8.14',
        target_module: 'video-search',
        service,
        elapsed_ms: 12,
        warning: service === '/search' ? 1 : 0,
      }),
    ),
  )

let folder = ''
let magpie: Running
let browser: Browser
let writer: ReturnType<typeof setInterval>

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'magpie-map-'))
  await writeFile(join(folder, 'magpie.yaml'), config)
  const log = join(folder, 'calls.jsonl')
  const write = () => appendFile(log, `${rows(new Date()).join('\n')}\n`)
  await write()
  magpie = await serve(folder)
  writer = setInterval(() => void write(), 1000)
  browser = await launch()
  await until('the alert to fire', async () => {
    const { alerts } = (await (await fetch(`${magpie.url}/api/v1/alerts`)).json()) as { alerts: { state: string }[] }
    return alerts.some(({ state }) => state === 'firing')
  })
})

afterAll(async () => {
  clearInterval(writer)
  await browser?.close()
  await magpie?.stop()
  await rm(folder, { recursive: true, force: true })
})

test('two services: two edges, and only the one above its threshold is dashed', async () => {
  const { page, complaints, close } = await open(browser, magpie.url)
  try {
    await page.goto('/map?from=now-5m')
    await settled(page)
    const walk = page.getByRole('list', { name: 'Modules and calls, in reading order' })
    await walk.waitFor({ state: 'attached' })
    const calls = walk.locator('[data-kind="link"]')
    await until('the edge to be red', async () =>
      (await calls.allTextContents()).some((text) => text.includes('Firing')),
    )
    const told = (await calls.allTextContents()).sort()
    expect(told).toHaveLength(2)
    expect(told[0]).toMatch(
      /^10\.2\.8\.14 to video-search, \/search, Firing, Firing (10[1-9]|1[1-9]\d|[2-9]\d\d) warning: 100, /,
    )
    expect(told[1]).toMatch(/^10\.2\.8\.14 to video-search, \/suggest, 0 warning: 100, /)

    // The picture itself, as it would be saved: one dashed red line with a bell, one calm.
    const saved = page.waitForEvent('download')
    await page.getByRole('button', { name: 'Export' }).click()
    await page.getByRole('menuitem', { name: 'SVG picture' }).click()
    const stream = await (await saved).createReadStream()
    let svg = ''
    for await (const part of stream) svg += String(part)
    const lines = [...svg.matchAll(/<path d="M[^"]*C[^"]*" fill="none" stroke="([^"]+)"[^>]*>/g)]
    expect(lines).toHaveLength(2)
    const dashed = lines.filter(([line]) => line.includes('stroke-dasharray="7 5"'))
    expect(dashed.map(([, stroke]) => stroke)).toEqual(['#C4212B'])
    expect(svg.match(/>warning: 100</g)).toHaveLength(2)

    await page.getByRole('radiogroup', { name: 'Layout' }).getByText('List').click()
    const table = page.getByRole('table', { name: 'Calls' })
    await table.waitFor()
    expect(await table.getByRole('row', { name: /Firing/ }).count()).toBe(1)
    expect(await table.getByRole('row', { name: /\/suggest/ }).textContent()).toContain('OK')
    expect(complaints).toEqual([])
  } finally {
    await close()
  }
})
