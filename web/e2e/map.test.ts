/**
 * The map as people use it, on the demo with a fault switched on: each control once, by role and label. What the canvas
 * shows is read from the list that keyboard and screen reader have, and from the files that it is saved as.
 */
import { readFile } from 'node:fs/promises'
import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, expect, inject, test } from 'vitest'
import { launch, type Opened, open, settled, violations } from './browser.ts'
import { until } from './magpie.ts'

let browser: Browser
let opened: Opened
let page: Page

async function fault(name: string, on: boolean) {
  const headers = { 'content-type': 'application/json' }
  await fetch(`${inject('url')}/api/v1/demo/faults/${name}`, { method: 'PUT', headers, body: JSON.stringify({ on }) })
}

beforeAll(async () => {
  await fault('slow-search', true)
  browser = await launch()
  await until('search to be too slow', async () => {
    const { alerts } = (await (await fetch(`${inject('url')}/api/v1/alerts?monitor=modules`)).json()) as {
      alerts: { state: string; dimensions: Record<string, string> }[]
    }
    return alerts.some(({ state, dimensions }) => state === 'firing' && dimensions.target_module === 'search')
  })
})
afterAll(async () => {
  await browser.close()
  await fault('slow-search', false)
})
beforeEach(async () => {
  opened = await open(browser, inject('url'))
  page = opened.page
})
afterEach(() => opened.close())

const walk = () => page.getByRole('list', { name: 'Modules and calls, in reading order' })
const calls = () => walk().locator('[data-kind="link"]')
const cards = () => walk().locator('[data-kind="card"]')
const panel = () => page.getByRole('complementary')
const search = () => new URL(page.url()).searchParams
const status = () => page.getByRole('status').filter({ hasText: 'nodes' })

async function show(path: string) {
  await page.goto(path)
  await settled(page)
  await walk().waitFor({ state: 'attached' })
}

async function saved(kind: string): Promise<string> {
  await page.getByRole('button', { name: 'Export' }).click()
  const file = page.waitForEvent('download')
  await page.getByRole('menuitem', { name: kind }).click()
  return readFile(await (await file).path(), 'utf8')
}

test('the fault turns the right edge red and dashed; a click opens its panel, down to the raw line', async () => {
  await show('/map?from=now-5m')
  const broken = calls().filter({ hasText: /^gateway to search/ })
  await until('the edge to fire', async () => (await broken.textContent())?.includes('Firing') ?? false)
  const svg = await saved('SVG picture')
  expect(svg).toContain('stroke-dasharray="7 5"')

  // Tab walks the picture; Enter opens what it stands on.
  await broken.focus()
  await page.keyboard.press('Enter')
  await page.waitForURL(/edge=/)
  await panel().getByText('gateway').first().waitFor()
  await panel().getByText('threshold 250').first().waitFor()
  await panel().getByRole('img', { name: 'elapsed_ms over the range' }).waitFor()
  await panel()
    .getByRole('heading', { name: /^Alerts/ })
    .waitFor()
  await panel()
    .getByRole('heading', { name: /^Services/ })
    .waitFor()
  await panel()
    .getByText(/server\.log:\d+$/)
    .first()
    .waitFor()
  expect(await panel().getByRole('link', { name: 'Chart' }).getAttribute('href')).toMatch(
    /\/explore\?.*monitor=modules/,
  )
  expect(
    await panel()
      .getByRole('link', { name: /records?$/ })
      .getAttribute('href'),
  ).toMatch(/\/records\?.*gateway/)
  expect(await violations(page)).toEqual([])

  await page.reload()
  await panel().getByText('threshold 250').first().waitFor()
  await panel().getByRole('button', { name: 'Close' }).click()
  await page.waitForURL((url) => !url.searchParams.has('edge'))
})

test('pointer: hover explains, a click selects, a double click enters the neighbourhood, Escape leaves it', async () => {
  await show('/map?from=now-5m')
  const picture = page.getByTestId('map-canvas')
  const box = await picture.boundingBox()
  if (!box) throw new Error('the picture has no box')
  // The first card in reading order is the caller at the left: somewhere on the picture's left there is a card.
  let found = false
  for (let y = 40; y < box.height && !found; y += 18) {
    for (let x = 30; x < box.width * 0.25 && !found; x += 24) {
      await page.mouse.move(box.x + x, box.y + y)
      found = await page.getByText('Double-click for its neighbourhood').isVisible()
      if (found) await page.mouse.dblclick(box.x + x, box.y + y)
    }
  }
  expect(found).toBe(true)
  await page.waitForURL(/focus=/)
  await status()
    .getByText(/^Around/)
    .waitFor()
  expect(await cards().count()).toBe(2)
  await page.keyboard.press('Escape')
  await page.waitForURL((url) => !url.searchParams.has('focus'))
})

test('monitor, any columns, label, hosts, tier, idle', async () => {
  await show('/map?from=now-5m')
  await page.getByRole('button', { name: /^Monitor/ }).click()
  await page.getByRole('menuitemradio', { name: /^services/ }).click()
  await page.waitForURL(/monitor=services/)
  await calls().filter({ hasText: '/search' }).first().waitFor({ state: 'attached' })
  const one = calls().filter({ hasText: /^gateway to order/ })
  await until('one edge per service', async () => (await one.count()) === 2)

  await page.getByRole('button', { name: /^Label/ }).click()
  await page.getByRole('menuitemradio', { name: 'bytes' }).click()
  await until('labels to tell bytes', async () => ((await one.first().textContent()) ?? '').includes('bytes'))

  await page.goto('/map?from=now-5m&by=target,target_module')
  await cards()
    .filter({ hasText: /^video/ })
    .waitFor({ state: 'attached' })
  expect(
    await calls()
      .filter({ hasText: /^\(all\) to video/ })
      .count(),
  ).toBe(2)
  await page.getByRole('button', { name: 'What is shown' }).click()
  await page.getByRole('radiogroup', { name: 'Hosts' }).getByText('Collapse').click()
  await until(
    'the two hosts to be one edge',
    async () =>
      (await calls()
        .filter({ hasText: /to video/ })
        .count()) === 1,
  )

  await page.goto('/map?from=now-5m')
  await walk().waitFor({ state: 'attached' })
  const all = await calls().count()
  await page.getByRole('button', { name: 'What is shown' }).click()
  await page.getByRole('radiogroup', { name: 'Modules' }).getByText('Front-end').click()
  await status()
    .getByRole('button', { name: /hidden by filters/ })
    .waitFor()
  await until('fewer edges', async () => (await calls().count()) < all)
  await page.getByRole('radiogroup', { name: 'Modules' }).getByText('All').click()
  await page.getByRole('checkbox', { name: 'Show idle calls' }).check()
  await page.waitForURL(/idle=true/)
})

test('find, hide, a mistake, a link that finds one edge', async () => {
  await show('/map?from=now-5m')
  await page.keyboard.press('f')
  await page.keyboard.type('target_module:search')
  await status().getByText('1 match').waitFor()
  // The only one that is found shows its panel.
  await panel().getByText('search').first().waitFor()
  await page.getByRole('button', { name: 'Hide what does not match' }).click()
  await until('the rest to be hidden', async () => (await calls().count()) === 1)
  await page.getByRole('textbox', { name: 'Find or hide' }).fill('colour:red')
  await page.getByText('“colour:red”: no such column or field').waitFor()
  await page.getByRole('button', { name: 'Clear what is looked for' }).click()
  await page.waitForURL((url) => !url.searchParams.has('find'))
})

test('tree, free, list; sorting; the table opens the panel', async () => {
  await show('/map?from=now-5m')
  await page.keyboard.press('2')
  await page.waitForURL(/view=free/)
  await page.keyboard.press('1')
  await page.waitForURL((url) => !url.searchParams.has('view'))
  await page.getByRole('radiogroup', { name: 'Layout' }).getByText('List').click()
  const table = page.getByRole('table', { name: 'Calls' })
  await table.getByRole('row', { name: /Firing.*search/ }).waitFor()
  await table.getByRole('button', { name: 'Calls', exact: true }).click()
  expect(await table.getByRole('columnheader', { name: 'Calls' }).getAttribute('aria-sort')).toBe('descending')
  expect(await table.getByRole('row').nth(1).textContent()).toContain('gateway')
  await table.getByRole('button', { name: 'Open gateway to order' }).click()
  await panel().getByText('order').first().waitFor()
  expect(await violations(page)).toEqual([])
})

test('compared with the time before, and with two moments', async () => {
  await show('/map?from=now-2m')
  await page.getByRole('button', { name: 'Compare' }).click()
  await page.getByRole('button', { name: 'with the time just before' }).click()
  await page.waitForURL(/compare=before/)
  await status().getByRole('button', { name: 'End the comparison' }).waitFor()
  await until('edges to tell what changed', async () =>
    (await calls().allTextContents()).some((text) => /←|new|slower|faster|more broken/.test(text)),
  )
  await page.getByRole('button', { name: /^Compare:/ }).click()
  await page.getByRole('textbox', { name: 'From' }).fill('now-30s')
  await page.getByRole('textbox', { name: 'To' }).fill('now-10s')
  await page.getByRole('button', { name: 'Apply' }).click()
  await page.waitForURL(/compare=2\d{3}-/)
  await status().getByRole('button', { name: 'End the comparison' }).click()
  await page.waitForURL((url) => !url.searchParams.has('compare'))
})

test('the ribbon: replay by button and keys, a drag sets the range of all pages', async () => {
  await show('/map?from=now-2m')
  await page.getByRole('button', { name: 'Replay the range' }).click()
  const moment = page.getByRole('slider', { name: /Moment of the replay/ })
  const first = await moment.getAttribute('aria-valuenow')
  await until('the film to go on', async () => (await moment.getAttribute('aria-valuenow')) !== first)
  await page.getByRole('button', { name: 'Pause' }).click()
  await moment.focus()
  const before = Number(await moment.getAttribute('aria-valuenow'))
  await page.keyboard.press('ArrowRight')
  expect(Number(await moment.getAttribute('aria-valuenow'))).toBeGreaterThan(before)
  await page.getByRole('button', { name: 'End the replay' }).click()

  const box = await moment.boundingBox()
  if (!box) throw new Error('the ribbon has no box')
  await page.mouse.move(box.x + box.width * 0.4, box.y + 20)
  await page.mouse.down()
  await page.mouse.move(box.x + box.width * 0.8, box.y + 20, { steps: 4 })
  await page.mouse.up()
  await page.waitForURL(/from=2\d{3}-/)
  expect(search().get('to')).toMatch(/^2\d{3}-/)
})

test('saved as Graphviz, Mermaid, JSON and PNG', async () => {
  await show('/map?from=now-5m')
  const dot = await saved('Graphviz')
  expect(dot).toMatch(/^digraph magpie \{/)
  expect(dot).toContain('"module/gateway" -> "module/search"')
  expect(await saved('Mermaid')).toMatch(/^flowchart LR\n/)
  const graph = JSON.parse(await saved('JSON')) as { edges: { source: string; target: string; state: string }[] }
  expect(graph.edges.find(({ source, target }) => source === 'gateway/' && target === 'search/')).toBeTruthy()
  expect((await saved('PNG picture')).slice(1, 4)).toBe('PNG')
})

test('after refreshes everything is where it was: places, selection, focus', async () => {
  await show('/map?from=now-5m')
  await calls()
    .filter({ hasText: /^gateway to order/ })
    .focus()
  await page.keyboard.press('Enter')
  await page.waitForURL(/edge=/)
  const places = async () =>
    [...(await saved('SVG picture')).matchAll(/<rect x="([-\d.]+)" y="([-\d.]+)"[^>]*rx="8"/g)].map(
      ([, x, y]) => `${x} ${y}`,
    )
  const before = await places()
  await calls()
    .filter({ hasText: /^gateway to order/ })
    .focus()
  for (let times = 0; times < 3; times += 1) {
    const answered = page.waitForResponse(/\/api\/v1\/graph\?/)
    await page.keyboard.press('R')
    await answered
  }
  expect(await page.evaluate(() => document.activeElement?.textContent)).toMatch(/^gateway to order/)
  expect(await places()).toEqual(before)
  expect(search().get('edge')).toBe('gateway/|order/|')
})

test('the phone, in Chinese: the picture, the list, the sheet', async () => {
  const phone = await open(browser, inject('url'), { lang: 'zh', size: 'phone' })
  try {
    await phone.page.goto('/map?from=now-5m')
    await settled(phone.page)
    await phone.page.getByRole('list', { name: '模块与调用，按阅读顺序' }).waitFor({ state: 'attached' })
    await phone.page.getByRole('radiogroup', { name: '布局' }).getByText('列表').click()
    await phone.page.getByRole('button', { name: '打开 gateway 到 search' }).click()
    await phone.page.getByRole('complementary').getByText('阈值 250').first().waitFor()
    await phone.page.getByRole('button', { name: '显示内容' }).click()
    await phone.page.getByRole('radiogroup', { name: '模块' }).waitFor()
    expect(await violations(phone.page)).toEqual([])
    expect(phone.complaints).toEqual([])
  } finally {
    await phone.close()
  }
})
