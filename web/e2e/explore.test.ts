/**
 * The cases by which Explore is judged, on a Magpie with a past of its own: monitor (source, target_module), `elapsed_ms`
 * as a line over time, bars by one dimension and by two combined, a drag that changes the range of all pages, a link that
 * shows the same to a second person; and every control once, in both languages.
 */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser, Download, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import charts from '../src/i18n/en/charts.json' with { type: 'json' }
import english from '../src/i18n/en/explore.json' with { type: 'json' }
import zhCharts from '../src/i18n/zh/charts.json' with { type: 'json' }
import chinese from '../src/i18n/zh/explore.json' with { type: 'json' }
import { type Lang, launch, type Opened, open, settled, violations } from './browser.ts'
import { type Running, serve, until } from './magpie.ts'

const config = `
data_dir: ./data
bucket: 1m
sources:
  - name: calls
    file: { include: [./calls.jsonl] }
    parse:
      json: { time: time, source: source, target_module: target_module, status: status, elapsed_ms: elapsed_ms, bytes: bytes }
monitors:
  - name: source-to-module
    by: [source, target_module]
    thresholds:
      - { field: elapsed_ms, above: 250 }
`

const minute = 60_000
/** The whole minutes of the past half hour. */
const end = Math.floor(Date.now() / minute) * minute
const begin = end - 30 * minute
/** Since then, payment is slow. */
const slowFrom = end - 6 * minute

const calls: { source: string; target_module: string; elapsed: (at: number) => number; each: number }[] = [
  { source: 'web', target_module: 'payment', elapsed: (at) => (at >= slowFrom ? 900 : 40), each: 6 },
  { source: 'web', target_module: 'video', elapsed: () => 20, each: 12 },
  { source: 'app', target_module: 'video', elapsed: () => 80, each: 3 },
]

const lines = () =>
  Array.from({ length: 30 }, (_, at) => begin + at * minute).flatMap((at) =>
    calls.flatMap(({ source, target_module, elapsed, each }) =>
      Array.from({ length: each }, (_, nth) =>
        JSON.stringify({
          time: new Date(at + nth * 4000).toISOString(),
          source,
          target_module,
          status: source === 'app' && nth === 0 ? 500 : 200,
          elapsed_ms: elapsed(at),
          bytes: 1000,
        }),
      ),
    ),
  )

const texts = { en: { ...english, ...charts }, zh: { ...chinese, ...zhCharts } }
const range = `from=${new Date(begin).toISOString()}&to=${new Date(end).toISOString()}`
const question = `/explore?monitor=source-to-module&field=elapsed_ms&split=source,target_module&${range}`

let folder = ''
let magpie: Running
let browser: Browser
let opened: Opened
let page: Page

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'magpie-explore-'))
  await writeFile(join(folder, 'magpie.yaml'), config)
  await writeFile(join(folder, 'calls.jsonl'), `${lines().join('\n')}\n`)
  magpie = await serve(folder)
  browser = await launch()
  await until('all lines to be read', async () => {
    const answer = await fetch(`${magpie.url}/api/v1/rollups?monitor=source-to-module&by=&step=all&${range}`)
    const { rows } = (await answer.json()) as { rows: { records: number }[] }
    return rows[0]?.records === 30 * 21
  })
})

afterAll(async () => {
  await browser?.close()
  await magpie?.stop()
  await rm(folder, { recursive: true, force: true })
})

async function start(url: string, view: Parameters<typeof open>[2] = {}): Promise<void> {
  opened = await open(browser, magpie.url, { zone: 'UTC', ...view })
  page = opened.page
  await page.goto(url)
  await settled(page)
}

beforeEach(() => {
  opened = undefined as unknown as Opened
})
afterEach(async () => {
  const complaints = opened?.complaints ?? []
  await opened?.close()
  expect(complaints).toEqual([])
})

const search = () => new URL(page.url()).searchParams
const button = (name: string | RegExp) => page.getByRole('button', { name, exact: typeof name === 'string' })
const chart = () => page.getByRole('slider').first()

/** Opens a menu of the sentence and chooses from it. */
async function choose(
  label: string,
  item: string | RegExp,
  role: 'menuitemradio' | 'menuitemcheckbox' = 'menuitemradio',
) {
  await button(new RegExp(`^${label}: `))
    .first()
    .click()
  await page.getByRole('menu').getByRole(role, { name: item }).first().click()
  await page.keyboard.press('Escape')
}

async function saved(kind: string, act: () => Promise<void>): Promise<{ name: string; content: Buffer }> {
  const waiting: Promise<Download> = page.waitForEvent('download')
  await act()
  await page.getByRole('menuitem', { name: kind }).click()
  const download = await waiting
  return { name: download.suggestedFilename(), content: await readFile(await download.path()) }
}

describe('monitor (source, target_module)', () => {
  test('elapsed_ms as a line over time, with its threshold, alert and values', async () => {
    await start(question)
    await page.getByRole('heading', { name: 'Average elapsed_ms by source and target module' }).waitFor()
    const slider = page.getByRole('slider', { name: 'Average elapsed_ms by source and target module' })
    await slider.waitFor()
    for (const name of ['web · payment', 'web · video', 'app · video']) {
      expect(await button(`Filter by ${name}`).count()).toBeGreaterThan(0)
    }
    await page.getByText('threshold elapsed_ms: 250').first().waitFor()
    const clock = (at: number) => new Date(at).toISOString().slice(11, 16)
    await button(new RegExp(`^(${clock(slowFrom)}|${clock(slowFrom + minute)}) (firing|fired)`)).waitFor()

    // The keyboard walks through the buckets, and each is read out.
    await slider.focus()
    await page.keyboard.press('Home')
    await until(
      'the first bucket to be told',
      async () => (await slider.getAttribute('aria-valuetext'))?.startsWith(clock(begin)) === true,
    )
    const first = (await slider.getAttribute('aria-valuetext'))?.replaceAll('\u202f', ' ')
    expect(first).toBe(`${clock(begin)}, app · video 80 ms, web · payment 40 ms, web · video 20 ms`)
    await page.keyboard.press('End')
    await until(
      'the last bucket to be told',
      async () => (await slider.getAttribute('aria-valuetext'))?.includes('web · payment 900') === true,
    )

    const payment = page.getByRole('row', { name: /web · payment/ })
    const cells = (await payment.getByRole('cell').allTextContents()).map((text) => text.replaceAll('\u202f', ' '))
    expect(cells.slice(1, 8)).toEqual(['900 ms', '250 ms', '40 ms', '900 ms', '900 ms', '180', '0 %'])
    const app = page.getByRole('row', { name: /app · video/ })
    expect((await app.getByRole('cell').allTextContents()).join(' ')).toContain('33')
    expect(await violations(page)).toEqual([])
  })

  test('bars: the axis is a dimension, then two combined', async () => {
    await start(question)
    await choose('Horizontal axis', 'target module', 'menuitemcheckbox')
    await page.waitForURL(/x=target_module/)
    await page.getByRole('heading', { name: 'Average elapsed_ms by target module' }).waitFor()
    const group = page.getByRole('group', { name: 'Average elapsed_ms by target module' })
    const told = async () =>
      (
        await group.getByRole('button').evaluateAll((all) => all.map((each) => each.getAttribute('aria-label') ?? ''))
      ).map((text) => text.replaceAll('\u202f', ' '))
    await until('two bars', async () => (await told()).length === 2)
    // payment: (24 · 40 + 6 · 900) / 30 = 212; video: (12 · 20 + 3 · 80) / 15 = 32
    expect(await told()).toEqual(['payment, Average elapsed_ms 212 ms', 'video, Average elapsed_ms 32 ms'])

    await choose('Horizontal axis', 'source', 'menuitemcheckbox')
    await page.waitForURL(/x=target_module(%2C|,)source/)
    const both = page.getByRole('group', { name: 'Average elapsed_ms by target module and source' })
    await both.waitFor()
    await until('three bars', async () => (await both.getByRole('button').count()) === 3)
    expect(await violations(page)).toEqual([])
    await both.getByRole('button', { name: /^payment · web/ }).click()
    await page.waitForURL((url) => (url.searchParams.get('q') ?? '').includes('target_module:payment source:web'))
  })

  test('a drag on a chart changes the range of all pages', async () => {
    await start(question)
    const box = await chart().boundingBox()
    if (!box) throw new Error('the chart has no box')
    await page.mouse.move(box.x + box.width / 3, box.y + 60)
    await page.mouse.down()
    await page.mouse.move(box.x + (2 * box.width) / 3, box.y + 80, { steps: 4 })
    await page.mouse.up()
    await page.waitForURL((url) => url.searchParams.get('from') !== new Date(begin).toISOString())
    const [from, to] = [Date.parse(search().get('from') ?? ''), Date.parse(search().get('to') ?? '')]
    expect(Math.abs(from - (begin + 10 * minute))).toBeLessThan(minute)
    expect(Math.abs(to - (begin + 20 * minute))).toBeLessThan(minute)
    const chosen = [search().get('from'), search().get('to')]
    for (const name of ['Records', 'Map', 'Alerts']) {
      await page.getByRole('navigation').getByRole('link', { name }).click()
      await page.waitForURL(new RegExp(`/${name.toLowerCase()}`))
      expect([search().get('from'), search().get('to')]).toEqual(chosen)
    }
  })

  test('a link shows the same to a second person, in another language', async () => {
    await start(`${question}&q=source:web&zone=UTC`)
    const rows = async (of: Page) => {
      await of.getByRole('row', { name: /web · payment/ }).waitFor()
      await until(
        'percentiles',
        async () => (await of.getByRole('row', { name: /web · payment/ }).textContent())?.includes('180') ?? false,
      )
      const cells = await of
        .getByRole('row')
        .evaluateAll((all) =>
          all.slice(1).map((row) => [...row.querySelectorAll('td')].map((cell) => cell.textContent)),
        )
      return cells
    }
    const mine = await rows(page)
    expect(mine).toHaveLength(2)
    const second = await open(browser, magpie.url, { lang: 'zh', zone: 'America/New_York', scheme: 'dark' })
    try {
      await second.page.goto(page.url())
      await settled(second.page)
      await second.page.getByRole('heading', { name: 'elapsed_ms 平均值，按来源、目标模块' }).waitFor()
      expect(await rows(second.page)).toEqual(mine)
      expect(second.complaints).toEqual([])
    } finally {
      await second.close()
    }
  })
})

describe.each<Lang>(['en', 'zh'])('every control, %s', (lang) => {
  const say = texts[lang]
  const filled = (text: string, values: Record<string, string>) =>
    text.replace(/\{\{(\w+)\}\}/g, (_, name) => values[name] ?? '')
  const column = (name: 'source' | 'target_module') =>
    ({ en: { source: 'source', target_module: 'target module' }, zh: { source: '来源', target_module: '目标模块' } })[
      lang
    ][name]

  test('the sentence', async () => {
    await start(question, { lang })
    await choose(say.aggregate, say.aggregates.p95)
    await page.waitForURL(/aggregate=p95/)
    await choose(say.field, 'bytes')
    await page.waitForURL(/field=bytes/)
    await choose(say.field, 'elapsed_ms')
    await choose(say.x, /^5/)
    await page.waitForURL(/step=300/)
    await choose(say.split, say.nothing)
    await page.waitForURL(/split=none/)
    await choose(say.split, column('target_module'), 'menuitemcheckbox')
    await page.waitForURL(/split=target_module/)
    await choose(say.monitor, new RegExp(say.any))
    await page.waitForURL(/monitor=(%28|\()base/)

    await button(say.addFilter).click()
    await page.getByRole('menuitem', { name: column('target_module'), exact: true }).click()
    await page.getByRole('searchbox', { name: say.findValue }).fill('pay')
    await page.getByRole('menuitemcheckbox', { name: /payment/ }).click()
    await page.waitForURL((url) => url.searchParams.get('q') === 'target_module:payment')
    await page.keyboard.press('Escape')
    await button(filled(say.drop, { filter: `${column('target_module')} payment` })).click()
    await page.waitForURL((url) => !url.searchParams.has('q'))
  })

  test('kinds of charts, files, and the ways to map and records', async () => {
    await start(`${question}&q=target_module:video`, { lang })
    const kind = (name: string) =>
      page.getByRole('radiogroup', { name: say.view.label }).getByText(name, { exact: true })
    for (const [name, view] of [
      [say.view.area, 'area'],
      [say.view.bar, 'bar'],
      [say.view.heat, 'heat'],
    ] as const) {
      await kind(name).click()
      await page.waitForURL(new RegExp(`view=${view}`))
      await chart().waitFor()
    }
    expect(await violations(page)).toEqual([])
    await kind(say.view.bar).click()
    await choose(say.aggregate, say.aggregates.count)
    const layers = page.getByRole('radiogroup', { name: say.layers.label })
    await layers.getByText(say.layers.grouped, { exact: true }).click()
    await page.waitForURL(/layers=grouped/)

    const exporting = () =>
      button(lang === 'en' ? 'Export' : '导出')
        .first()
        .click()
    const table = await saved('CSV', exporting)
    const rows = table.content.toString().trim().split('\r\n')
    expect(rows).toHaveLength(31)
    expect(rows[1]).toBe(`${new Date(begin).toISOString()},3,12`)
    const picture = await saved('PNG', exporting)
    expect(picture.name).toMatch(/elapsed_ms.*\.png$/)
    expect(picture.content.subarray(1, 4).toString()).toBe('PNG')
    expect(picture.content.length).toBeGreaterThan(10_000)

    const records = page.getByRole('link', { name: /450/ })
    expect(new URL((await records.getAttribute('href')) ?? '', page.url()).searchParams.get('q')).toBe(
      'target_module:video',
    )
    const map = page.getByRole('main').getByRole('link', { name: say.toMap, exact: true })
    const to = new URL((await map.getAttribute('href')) ?? '', page.url()).searchParams
    expect([to.get('monitor'), to.get('find'), to.get('from')]).toEqual([
      'source-to-module',
      'target_module:video',
      new Date(begin).toISOString(),
    ])
    await records.click()
    await page.waitForURL(/\/records\?.*q=/)
  })

  test('bars, band, table and further charts', async () => {
    await start(question, { lang })
    await button(new RegExp(`^${say.bandOf}: `)).click()
    await page.getByRole('menuitemradio', { name: say.noBand }).click()
    await page.waitForURL(/focus=none/)
    await button(filled(say.focusOn, { name: 'web · video' })).click()
    await page.waitForURL((url) => url.searchParams.get('focus') === 'source:web target_module:video')
    await page
      .getByRole('heading', { name: filled(say.heatOf, { field: 'elapsed_ms', name: 'web · video' }) })
      .waitFor()

    const firstCell = () => page.getByRole('row').nth(1).getByRole('cell').first()
    await button(filled(say.sortBy, { column: say.calls })).click()
    await until('the busiest first', async () => (await firstCell().textContent()) === 'web · video')

    await button(say.barsColumns).click()
    await page.getByRole('menuitemcheckbox', { name: column('source'), exact: true }).click()
    await page.waitForURL(/bars=target_module/)
    await page.keyboard.press('Escape')
    await page
      .getByRole('listitem')
      .getByRole('button', { name: /payment/ })
      .click()
    await page.waitForURL((url) => (url.searchParams.get('q') ?? '').includes('target_module:payment'))
    await page.goBack()

    await button(say.addChart).click()
    await page.waitForURL(/more=/)
    await until('a second chart', async () => (await page.getByRole('slider').count()) >= 3)
    // One cursor: pointing at the first chart moves the line in all of them.
    const box = await chart().boundingBox()
    if (!box) throw new Error('the chart has no box')
    await page.mouse.move(box.x + box.width / 2, box.y + 40)
    const values = () =>
      page.getByRole('slider').evaluateAll((all) => all.map((each) => each.getAttribute('aria-valuenow')))
    await until('one cursor', async () => new Set(await values()).size === 1)
    await button(say.removeChart).click()
    await page.waitForURL((url) => !url.searchParams.has('more'))

    // A click on a bucket, away from all lines, holds it for the bars.
    await page.mouse.click(box.x + box.width / 4, box.y + 6)
    await button(say.unpin).click()
    expect(await button(say.unpin).count()).toBe(0)
  })
})

test('nothing matches: the filter is named and dropped', async () => {
  await start(`${question}&q=source:nobody`)
  await page.getByText(english.emptyFiltered).waitFor()
  expect(await violations(page)).toEqual([])
  await button('Drop the filter: source is nobody').click()
  await page.getByRole('row', { name: /web · payment/ }).waitFor()
})

test('on the phone the sentence folds, a tap sets the cursor, and nothing scrolls sideways', async () => {
  await start(question, { size: 'phone' })
  await chart().tap({ position: { x: 100, y: 80 } })
  await until(
    'the cursor to be read out',
    async () => (await chart().getAttribute('aria-valuetext'))?.includes('web · video') ?? false,
  )
  const sideways = await page.evaluate(
    () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
  )
  expect(sideways).toBe(0)
  expect(await violations(page)).toEqual([])
  await button(new RegExp(`^${english.edit}: `)).click()
  await choose(english.aggregate, english.aggregates.max)
  await page.waitForURL(/aggregate=max/)
})
