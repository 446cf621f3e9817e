/** Records: the query line with completion, facets, volume, list, columns, drawer, lines around, download, live. */
import { readFile } from 'node:fs/promises'
import type { Browser, Locator, Page } from 'playwright-core'
import { describe, expect, inject, test } from 'vitest'
import { type Lang, onePageEach, open, settled, violations } from './browser.ts'

let browser: Browser
let page: Page
onePageEach((fresh, its) => {
  page = fresh
  browser = its
})

const search = () => new URL(page.url()).searchParams
const list = () => page.getByRole('listbox', { name: 'Records' })
const rows = () => list().getByRole('option')
const line = () => page.getByRole('combobox', { name: 'Query line' })
const drawer = () => page.getByRole('complementary', { name: 'Record' })

async function start(path = '/records?from=now-15m') {
  await page.goto(path)
  await settled(page)
  await rows().first().waitFor()
}

/** Waits until every row that is on the screen says so. */
async function everyRow(column: string, value: string) {
  await page.waitForFunction(
    ([q]) => new URL(location.href).searchParams.get('q')?.includes(q ?? ''),
    [`${column}:${value}`],
  )
  await rows().first().waitFor()
}

test('the query line completes columns and values, and Enter searches', async () => {
  await start()
  await line().click()
  await line().pressSequentially('target_mod')
  const follows = page.getByRole('listbox', { name: 'What may follow' })
  await follows
    .getByRole('option', { name: /^target_module/ })
    .first()
    .click()
  expect(await line().inputValue()).toMatch(/^target_module/)
  await line().fill('target_module:vid')
  await follows.getByRole('option', { name: /video/ }).first().click()
  await line().press('Enter')
  await everyRow('target_module', 'video')
  expect(search().get('q')).toBe('target_module:video')
  await page.getByRole('button', { name: 'Clear the query line' }).click()
  await page.waitForURL((url) => !url.searchParams.has('q'))
})

test('a mistake is told with its place, and what helps', async () => {
  await start()
  await line().fill('target_modul:video')
  await line().press('Enter')
  const mistake = page.getByRole('alert').filter({ hasText: 'target_modul' })
  await mistake.waitFor()
  expect(await mistake.locator('mark').textContent()).toBe('target_modul')
})

test('nothing matches: each part of the line can be dropped', async () => {
  await start()
  await line().fill('target_module:video "no line says this"')
  await line().press('Enter')
  await page.getByText('No record matches').waitFor()
  await page.getByRole('button', { name: 'Drop "no line says this"' }).click()
  await rows().first().waitFor()
  expect(search().get('q')).toBe('target_module:video')
})

test('facets ask for values and exclude them', async () => {
  await start()
  const facets = page.getByRole('region', { name: 'Filters' })
  await facets.getByRole('button', { name: /^Target module: video/ }).click()
  await everyRow('target_module', 'video')
  const value = facets.getByRole('button', { name: /^Target module: video/ })
  await value.and(page.locator('[aria-pressed="true"]')).waitFor()
  await facets.getByRole('button', { name: /^Target module: order/ }).click()
  await page.waitForURL((url) => url.searchParams.get('q') === 'target_module:video,order')
  await value.click()
  await page.waitForURL((url) => url.searchParams.get('q') === 'target_module:order')
  await facets.getByRole('button', { name: 'Filter out: Status: 200' }).click()
  await page.waitForURL((url) => url.searchParams.get('q') === 'target_module:order -status:200')
})

test('the volume sums by level, filters by a click and sets the range by a drag', async () => {
  await start()
  const volume = page.getByRole('region', { name: 'Records over time' })
  await volume.getByRole('button', { name: /^warnings/ }).click()
  await page.waitForURL((url) => url.searchParams.get('q') === 'severity:warn')
  await volume.getByRole('button', { name: /^warnings/ }).click()
  await page.waitForURL((url) => !url.searchParams.has('q'))
  const bars = volume.getByRole('img', { name: /drag to set the range/ })
  const box = await bars.boundingBox()
  if (!box) throw new Error('the bars have no box')
  await page.mouse.move(box.x + box.width * 0.5, box.y + 20)
  await page.mouse.down()
  await page.mouse.move(box.x + box.width * 0.9, box.y + 20, { steps: 4 })
  await page.mouse.up()
  await page.waitForURL(/from=2\d{3}-/)
  const length = Date.parse(search().get('to') ?? '') - Date.parse(search().get('from') ?? '')
  expect(length / 1000).toBeGreaterThan(300)
  expect(length / 1000).toBeLessThan(420)
})

test('columns are chosen and ordered, and kept after a reload', async () => {
  await start()
  await page.getByRole('button', { name: 'Columns' }).click()
  await page.getByLabel('Find a column, or write attr.name').fill('operation')
  await page.getByRole('checkbox', { name: 'Operation' }).check()
  await page.waitForURL(/columns=/)
  await page.getByRole('button', { name: 'Operation further left' }).click()
  await page.keyboard.press('Escape')
  const chosen = search().get('columns') ?? ''
  expect(JSON.parse(chosen).at(-2)).toBe('operation')
  await page.goto('/records?from=now-15m')
  await rows().first().waitFor()
  await list().getByText('Operation', { exact: true }).waitFor()
})

test('a record opens by key, filters by its columns, and its link opens outside of the range', async () => {
  await start('/records?from=now-15m&q=target_module:video')
  await list().focus()
  await page.keyboard.press('j')
  await drawer().waitFor()
  const first = search().get('record')
  await page.keyboard.press('ArrowDown')
  await page.waitForURL((url) => url.searchParams.get('record') !== first)
  await drawer().getByText('offset').waitFor()
  await page.keyboard.press('Escape')
  await drawer().waitFor({ state: 'detached' })
  await rows().nth(2).click()
  await drawer().getByRole('button', { name: 'Filter for: Host' }).click()
  await page.waitForURL((url) => /host:/.test(url.searchParams.get('q') ?? ''))
  const id = search().get('record')

  await page.goto(`/records?from=2026-01-01T00:00:00Z&to=2026-01-01T01:00:00Z&record=${id}`)
  await drawer().getByRole('button', { name: 'Copy link' }).waitFor()
  await drawer().getByText('Raw line').waitFor()
  await page.getByText('Nothing was written in this time').waitFor()
})

test('lines around one, marked, in the order of its file, and back', async () => {
  await start('/records?from=now-15m&q=target_module:video')
  await rows().nth(3).click()
  await drawer().getByRole('button', { name: 'Lines around' }).click()
  const around = page.getByRole('listbox', { name: 'Lines around' })
  await around.locator('[data-marked]').waitFor()
  const id = search().get('around')
  expect(await around.locator('[data-marked]').getAttribute('id')).toBe(`record-${id}`)
  const count = Number(await around.getByRole('option').first().getAttribute('aria-setsize'))
  expect(count).toBeGreaterThan(10)
  await page.getByRole('button', { name: '50 more before' }).click()
  await page.waitForFunction(
    (before) => Number(document.querySelector('[role="option"]')?.getAttribute('aria-setsize')) > before,
    count,
  )
  await page.getByRole('button', { name: 'Back to the results' }).click()
  await list().waitFor()
  expect(search().get('q')).toBe('target_module:video')
})

test('the whole question is downloaded as CSV and as JSON lines', async () => {
  await start('/records?from=now-5m&q=target_module:video')
  for (const [name, check] of [
    ['CSV', (text: string) => expect(text.split(/\r?\n/)[0]).toMatch(/^time,severity,.*,message$/)],
    ['JSON lines', (text: string) => expect(JSON.parse(text.split('\n')[0] ?? '').target_module).toBe('video')],
  ] as const) {
    await page.getByRole('button', { name: 'Download' }).click()
    const [saved] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('menuitem', { name, exact: true }).click(),
    ])
    check(await readFile((await saved.path()) ?? '', 'utf8'))
  }
})

/** Row heights from the top. */
const scrollTo = (at: Locator, top: number) =>
  at.evaluate((element, to) => {
    element.scrollTop = to
  }, top)

test('live: what is read stays where it is, new rows gather behind a button', async () => {
  await start()
  await page.keyboard.press('L')
  await scrollTo(list(), 32 * 40)
  const fresh = page.getByRole('button', { name: /^\d[\d,+]* new$/ })
  await fresh.waitFor()
  const top = await list().evaluate((element) => element.scrollTop)
  const seen = await rows().nth(18).getAttribute('id')
  const before = await fresh.textContent()
  await page.waitForFunction(
    (text) =>
      [...document.querySelectorAll('button')].some((b) => / new$/.test(b.textContent ?? '') && b.textContent !== text),
    before,
  )
  expect(await list().evaluate((element) => element.scrollTop)).toBe(top)
  expect(await rows().nth(18).getAttribute('id')).toBe(seen)
  await fresh.click()
  await page.waitForFunction(() => document.querySelector('[role="listbox"]')?.scrollTop === 0)
  await page.keyboard.press('L')
})

describe.each<[Lang, { filters: string; list: string; record: string; around: string }]>([
  ['en', { filters: 'Filters', list: 'Records', record: 'Record', around: 'Lines around' }],
  ['zh', { filters: '筛选', list: '记录', record: '记录', around: '前后各行' }],
])('on the phone, %s', (lang, words) => {
  test('filters in a sheet with their count, a record in a sheet, nothing sideways, nothing for axe', async () => {
    const phone = await open(browser, inject('url'), { lang, size: 'phone' })
    try {
      const at = phone.page
      await at.goto('/records?from=now-15m&q=target_module:video')
      await settled(at)
      const found = at.getByRole('listbox', { name: words.list })
      await found.getByRole('option').first().waitFor()
      await at.getByRole('button', { name: `${words.filters} (1)` }).click()
      const sheet = at.getByRole('dialog', { name: words.filters })
      await sheet.getByRole('button', { name: /video/ }).first().waitFor()
      expect(await violations(at)).toEqual([])
      await at.keyboard.press('Escape')
      await sheet.waitFor({ state: 'detached' })
      await found.getByRole('option').first().click()
      const record = at.getByRole('complementary', { name: words.record })
      await record.getByRole('button', { name: words.around }).waitFor()
      expect(await violations(at)).toEqual([])
      const sideways = await at.evaluate(
        () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
      )
      expect(sideways).toBe(0)
      expect(phone.complaints).toEqual([])
    } finally {
      await phone.close()
    }
  })
})
