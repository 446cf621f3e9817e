/**
 * The page stands still: refreshes change values, never scroll, selection, focus, the view of the map or the width of a
 * column; live mode follows the stream; without a server the page says so, keeps what it has, and goes on by itself.
 */
import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, inject, test } from 'vitest'
import { launch, type Opened, open, settled, type View } from './browser.ts'
import { until } from './magpie.ts'

let browser: Browser
let opened: Opened
let page: Page

beforeAll(async () => {
  browser = await launch()
})
afterAll(() => browser.close())
afterEach(() => opened.close())

async function visit(path: string, view: View = {}) {
  opened = await open(browser, inject('url'), view)
  page = opened.page
  await page.goto(path)
  await settled(page)
}

const list = () => page.getByRole('listbox', { name: 'Records' })
const canvas = () => page.getByTestId('map-canvas')
const search = () => new URL(page.url()).searchParams

async function boxOf(locator: ReturnType<Page['locator']>) {
  const box = await locator.boundingBox()
  if (!box) throw new Error('it is not on the screen')
  return box
}

/** Switches the refresh by itself off: what moves then moves for another reason. */
async function withoutRefresh() {
  await page.addInitScript(() => localStorage.setItem('magpie.refresh', JSON.stringify({ auto: false })))
  await page.reload()
  await settled(page)
}

async function refreshed(path: RegExp) {
  const answered = page.waitForResponse(path)
  await page.keyboard.press('R')
  await answered
}

describe('refreshes', () => {
  test('of records keep scroll, selection and focus; what is new waits behind its number', async () => {
    await visit('/records?from=now-5m')
    await list().getByRole('option').first().waitFor()
    await list().evaluate((element) => element.scrollTo({ top: 1600 }))
    await page.waitForTimeout(200)
    const row = list().getByRole('option').nth(20)
    // By its id: with the drawer open, columns that have no room leave.
    const chosen = await row.getAttribute('id')
    await row.click()
    await page.waitForURL(/record=/)
    await list().focus()
    const record = search().get('record')
    for (let times = 0; times < 3; times += 1) await refreshed(/\/api\/v1\/records\?/)
    await page.getByRole('button', { name: /^[\d,]+\+? new$/ }).waitFor()
    expect(await list().evaluate((element) => element.scrollTop)).toBe(1600)
    expect(search().get('record')).toBe(record)
    expect(await list().getByRole('option', { selected: true }).getAttribute('id')).toBe(chosen)
    expect(await page.evaluate(() => document.activeElement?.getAttribute('role'))).toBe('listbox')
    await page.getByRole('button', { name: /^[\d,]+\+? new$/ }).click()
    await until('the list to be at its top', async () => (await list().evaluate((element) => element.scrollTop)) === 0)
  })

  test('of explore keep the scroll, the series in focus and the pinned bucket', async () => {
    await visit('/explore?from=now-5m')
    const table = page.getByRole('table', { name: 'Series' }).or(page.locator('table').last())
    await table.getByRole('row').nth(1).waitFor()
    const content = page.locator('#content [tabindex="0"]').first()
    await content.evaluate((element) => element.scrollTo({ top: 200 }))
    const scrolled = await content.evaluate((element) => element.scrollTop)
    for (let times = 0; times < 2; times += 1) await refreshed(/\/api\/v1\/rollups\?/)
    expect(await content.evaluate((element) => element.scrollTop)).toBe(scrolled)
  })
})

describe('the map', () => {
  const view = () => canvas().evaluate((element) => (element as HTMLElement).style.backgroundPosition)

  test('pan and zoom survive refreshes, a reload and another page; fitting ends that', async () => {
    await visit('/map?from=now-5m')
    await page.getByRole('list', { name: 'Modules and calls, in reading order' }).waitFor({ state: 'attached' })
    const fitted = await view()
    const box = await boxOf(canvas())
    await page.mouse.move(box.x + 40, box.y + box.height - 40)
    await page.mouse.down()
    await page.mouse.move(box.x + 160, box.y + box.height - 110, { steps: 5 })
    await page.mouse.up()
    await page.keyboard.press('+')
    const left = await view()
    expect(left).not.toBe(fitted)
    await refreshed(/\/api\/v1\/graph\?/)
    expect(await view()).toBe(left)
    await page.waitForTimeout(300)
    await page.reload()
    await settled(page)
    await until('the view to be the one that was left', async () => (await view()) === left)
    await page.getByRole('link', { name: 'Records' }).click()
    await page.waitForURL(/\/records/)
    await page.goBack()
    await until('the view to be there again', async () => (await view()) === left)
    await page.keyboard.press('0')
    await until('all of the picture to be seen', async () => (await view()) === fitted)
    await page.waitForTimeout(300)
    await page.reload()
    await settled(page)
    await until('the picture to be fitted', async () => (await view()) === fitted)
  })

  test('two fingers zoom', async () => {
    await visit('/map?from=now-5m', { size: 'phone' })
    await page.getByRole('list', { name: 'Modules and calls, in reading order' }).waitFor({ state: 'attached' })
    const box = await boxOf(canvas())
    const touch = await page.context().newCDPSession(page)
    const y = Math.round(box.y + box.height / 2)
    const fingers = (apart: number) => [
      { x: 195 - apart, y, id: 0 },
      { x: 195 + apart, y, id: 1 },
    ]
    const before = await view()
    await touch.send('Input.dispatchTouchEvent', { type: 'touchStart', touchPoints: fingers(30) })
    for (const apart of [45, 60, 80])
      await touch.send('Input.dispatchTouchEvent', { type: 'touchMove', touchPoints: fingers(apart) })
    await touch.send('Input.dispatchTouchEvent', { type: 'touchEnd', touchPoints: [] })
    await page.waitForTimeout(300)
    expect(await view()).not.toBe(before)
    const zoom = await page.evaluate(() => {
      const key = Object.keys(sessionStorage).find((each) => each.startsWith('magpie.view.')) ?? ''
      return (JSON.parse(sessionStorage.getItem(key) ?? '{}') as { zoom?: number }).zoom
    })
    // Spread from 60 to 160 pixels: nearly three times as large, as far as the map goes.
    expect(zoom).toBeGreaterThan(1.5)
    // The second finger was no tap: nothing is opened.
    expect(search().has('edge') || search().has('node')).toBe(false)
  })
})

test('live mode follows the stream: rows and charts move while nothing refreshes by itself', async () => {
  await visit('/records?from=now-5m')
  await withoutRefresh()
  const first = list().getByRole('option').first()
  await first.waitFor()
  const still = await first.getAttribute('id')
  await page.waitForTimeout(1500)
  expect(await first.getAttribute('id')).toBe(still)
  await page.keyboard.press('L')
  await until('a new row at the top', async () => (await first.getAttribute('id')) !== still)
  const second = await first.getAttribute('id')
  await until('another one', async () => (await first.getAttribute('id')) !== second)

  // Choosing a page keeps live mode; the map asks anew as buckets come.
  await page.getByRole('link', { name: 'Map' }).click()
  await page.waitForURL(/\/map/)
  await page.waitForResponse(/\/api\/v1\/graph\?/)
  await page.waitForResponse(/\/api\/v1\/graph\?/)
  await page.keyboard.press('L')
})

test('without a server: the page says so, keeps what it shows, and goes on when it is back', async () => {
  await visit('/map?from=now-5m')
  const calls = page.locator('[data-kind="link"]')
  await calls.first().waitFor({ state: 'attached' })
  const count = await calls.count()
  await page.context().setOffline(true)
  await page.keyboard.press('R')
  const strip = page.getByRole('status').filter({ hasText: /not answer|Not connected/i })
  await strip.waitFor()
  await page.getByText(/^last data/i).waitFor()
  expect(await calls.count()).toBe(count)
  await page.context().setOffline(false)
  await strip.waitFor({ state: 'detached', timeout: 60_000 })
  await until('fresh data', async () => (await page.getByText(/^last data/i).count()) === 0)
  // Losing the connection is told by the strip; the console tells of it too, and of nothing else.
  expect(opened.complaints.filter((text) => !/ERR_INTERNET_DISCONNECTED|Failed to load resource/.test(text))).toEqual(
    [],
  )
})

test('a column is as wide as its edge is dragged, also after a reload, until a double click', async () => {
  await visit('/records?from=now-5m&columns=service')
  await withoutRefresh()
  // Of a record that has a service.
  const cell = () => list().locator('[data-extra]').filter({ hasText: /./ }).first()
  await cell().waitFor()
  const width = async () => Math.round((await boxOf(cell())).width)
  const before = await width()
  const edge = page.locator('[class*="logEdge"]')
  // Waits until it stands still and nothing lies over it.
  await edge.hover()
  const { x, y, width: own, height } = await boxOf(edge)
  await page.mouse.down()
  await page.mouse.move(x + own / 2 + 90, y + height / 2, { steps: 4 })
  await page.mouse.up()
  const after = before + 90
  await until('the width that it was dragged to', async () => (await width()) === after)
  await page.reload()
  await cell().waitFor()
  expect(await width()).toBe(after)
  await page.locator('[class*="logEdge"]').dblclick()
  // Measured anew, from the rows that the reload has brought.
  await until('about its own width again', async () => Math.abs((await width()) - before) < 60)
})
