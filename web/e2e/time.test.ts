/** One range for all pages: chosen, typed, shifted by keys, kept by the URL, the same in a second browser. */
import type { Browser, Page } from 'playwright-core'
import { expect, inject, test } from 'vitest'
import { onePageEach, open, settled } from './browser.ts'

let browser: Browser
let page: Page
onePageEach((fresh, its) => {
  page = fresh
  browser = its
})

const picker = () => page.getByRole('button', { name: /^Time range:/ })
const search = () => new URL(page.url()).searchParams

test('a page opens with its own range; once chosen, a range holds on every page, after reload and going back', async () => {
  await page.goto('/map')
  await settled(page)
  expect(search().get('from')).toBeNull()
  await picker().click()
  await page.getByRole('button', { name: 'Last 15 min' }).click()
  await page.waitForURL(/from=now-15m/)
  await page.getByRole('link', { name: 'Records' }).click()
  await page.waitForURL(/\/records\?.*from=now-15m/)
  await page.reload()
  await settled(page)
  expect(await picker().textContent()).toContain('Last 15 min')
  await page.goBack()
  await page.waitForURL(/\/map\?.*from=now-15m/)
})

test('typing: a phrase, two moments, and what is wrong with a third', async () => {
  await page.goto('/map')
  await settled(page)
  await page.keyboard.press('t')
  const [from, to] = [page.getByLabel('From', { exact: true }), page.getByLabel('To', { exact: true })]
  await from.fill('soon')
  await page.getByText('Not a time: try now-2h').waitFor()
  expect(await page.getByRole('button', { name: 'Apply' }).isDisabled()).toBe(true)
  await from.fill('2026-11-20 10:00')
  await to.fill('2026-11-20 12:00')
  await page.getByRole('button', { name: 'Apply' }).click()
  await page.waitForURL(/from=/)
  // Typed in Shanghai, written so that it means the same everywhere.
  expect([search().get('from'), search().get('to')]).toEqual(['2026-11-20T02:00:00Z', '2026-11-20T04:00:00Z'])
})

test('keys: earlier, later, pages, the list', async () => {
  await page.goto('/map?from=2026-11-20T02:00:00Z&to=2026-11-20T04:00:00Z')
  await settled(page)
  await page.keyboard.press('[')
  await page.waitForURL(/from=2026-11-20T00/)
  await page.keyboard.press(']')
  await page.waitForURL(/from=2026-11-20T02/)
  await page.keyboard.press('g')
  await page.keyboard.press('e')
  await page.waitForURL(/\/explore\?/)
  await page.keyboard.press('?')
  await page.getByRole('dialog', { name: 'Keyboard' }).waitFor()
})

test('a link shows the same in a second browser, in another zone and language', async () => {
  await page.goto('/explore?from=2026-11-20T02:00:00Z&to=2026-11-20T04:00:00Z&zone=UTC')
  await settled(page)
  expect(await picker().textContent()).toContain('2026-11-20 02:00 – 04:00')
  const second = await open(browser, inject('url'), { lang: 'zh', zone: 'America/New_York' })
  try {
    await second.page.goto(page.url())
    await settled(second.page)
    const shown = await second.page.getByRole('button', { name: /^时间范围/ }).textContent()
    expect(shown).toContain('2026-11-20 02:00 – 04:00')
  } finally {
    await second.close()
  }
})

test('dragging on a chart sets the range', async () => {
  await page.goto('/explore?from=now-5m')
  await settled(page)
  const plot = page.getByRole('slider', { name: /^Average/ })
  await plot.waitFor()
  const box = await plot.boundingBox()
  if (!box) throw new Error('the chart has no box')
  await page.mouse.move(box.x + box.width * 0.4, box.y + box.height / 2)
  await page.mouse.down()
  await page.mouse.move(box.x + box.width * 0.7, box.y + box.height / 2, { steps: 5 })
  await page.mouse.up()
  await page.waitForURL(/from=2\d{3}-/)
  const length = Date.parse(search().get('to') ?? '') - Date.parse(search().get('from') ?? '')
  expect(length / 1000).toBeGreaterThan(70)
  expect(length / 1000).toBeLessThan(130)
})

test('search: `/` opens it, words lead to the records', async () => {
  await page.goto('/map')
  await settled(page)
  await page.keyboard.press('/')
  await page.getByRole('textbox', { name: 'Search or jump to' }).fill('timed out')
  await page.getByRole('option', { name: /timed out/ }).click()
  await page.waitForURL(/\/records\?.*q=/)
})

test('Chinese is chosen in Settings and stays', async () => {
  await page.goto('/health')
  await settled(page)
  await page.getByRole('button', { name: 'Settings' }).click()
  await page.getByRole('menuitemradio', { name: '中文' }).click()
  await page.getByRole('heading', { level: 1, name: '自身状态' }).waitFor()
  await page.reload()
  await page.getByRole('heading', { level: 1, name: '自身状态' }).waitFor()
})
