/**
 * Alerts and monitors as a person uses them, on a Magpie whose payment is slow and stays slow: the list, its groups and
 * filters, acknowledge, comment, silence and end it, the ways to chart, map and records; a monitor of the file copied,
 * its threshold tried on the past, saved, changed, undone and deleted.
 */
import { appendFile, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import english from '../src/i18n/en/alerts.json' with { type: 'json' }
import englishCommon from '../src/i18n/en/common.json' with { type: 'json' }
import englishMonitors from '../src/i18n/en/monitors.json' with { type: 'json' }
import chinese from '../src/i18n/zh/alerts.json' with { type: 'json' }
import { launch, type Opened, open, settled, type View, violations } from './browser.ts'
import { type Running, serve, until } from './magpie.ts'

const config = `
data_dir: ./data
bucket: 5s
lateness: 1s
idle: 2s
sources:
  - name: calls
    file: { include: [./calls.jsonl] }
    parse:
      json: { time: time, source_module: source_module, target_module: target_module, elapsed_ms: elapsed_ms }
monitors:
  - name: modules
    by: [source_module, target_module]
    thresholds:
      - { field: elapsed_ms, above: 250, severity: critical, labels: { team: shop } }
`

const call = (at: number, target_module: string, elapsed_ms: number) =>
  `${JSON.stringify({ time: new Date(at).toISOString(), source_module: 'gateway', target_module, elapsed_ms })}\n`

/** Since a minute ago payment is slow; video is well. */
function past(): string {
  const now = Date.now()
  const slowFrom = Math.floor((now - 60_000) / 5000) * 5000
  return Array.from({ length: 300 }, (_, second) => now - (300 - second) * 1000)
    .map((at) => call(at, 'payment', at >= slowFrom ? 900 : 40) + call(at, 'video', 20))
    .join('')
}

let folder = ''
let magpie: Running
let browser: Browser
let writing: ReturnType<typeof setInterval>
let opened: Opened
let page: Page

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'magpie-alerts-'))
  const log = join(folder, 'calls.jsonl')
  await writeFile(join(folder, 'magpie.yaml'), config)
  await writeFile(log, past())
  writing = setInterval(() => {
    const now = Date.now()
    void appendFile(log, call(now, 'payment', 900) + call(now, 'video', 20))
  }, 1000)
  magpie = await serve(folder)
  browser = await launch()
  await until('payment to be an alert', async () => {
    const answer = await fetch(`${magpie.url}/api/v1/alerts`)
    const { alerts } = (await answer.json()) as { alerts: { state: string }[] }
    return alerts.some(({ state }) => state === 'firing')
  })
})

afterAll(async () => {
  clearInterval(writing)
  await browser?.close()
  await magpie?.stop()
  await rm(folder, { recursive: true, force: true })
})

afterEach(async () => {
  const complaints = opened?.complaints ?? []
  await opened?.close()
  expect(complaints).toEqual([])
})

async function visit(path: string, view: View = {}): Promise<Page> {
  opened = await open(browser, magpie.url, view)
  page = opened.page
  await page.goto(path)
  await settled(page)
  return page
}

const values = (fields: Element[]) => fields.map((field) => (field as HTMLInputElement).value)
const row = () => page.getByRole('row', { name: /gateway › payment/ })
const drawer = () => page.getByRole('complementary', { name: 'elapsed_ms' })

describe('alerts', () => {
  test.each([
    ['en', english],
    ['zh', chinese],
  ] as const)('what fires stands first, in %s, and nothing is wrong with its access', async (lang, texts) => {
    await visit('/alerts', { lang })
    await row().waitFor()
    expect(await row().textContent()).toMatch(/900\sms/)
    expect(await page.getByRole('row', { name: /video/ }).count()).toBe(0)
    await row().getByRole('button').click()
    await page.getByRole('heading', { name: texts.overTime }).waitFor()
    expect(await violations(page)).toEqual([])
  })

  test('groups, severity and text choose what is shown, and the URL keeps it', async () => {
    await visit('/alerts')
    await page.getByRole('combobox', { name: english.groupBy }).click()
    await page.getByRole('option', { name: 'By label team' }).click()
    await page
      .getByRole('rowheader', { name: /shop/ })
      .or(page.getByText('shop', { exact: true }))
      .first()
      .waitFor()
    await page.getByRole('textbox', { name: english.find }).fill('nobody')
    await page.getByText(english.noMatch).waitFor()
    await page.getByRole('button', { name: english.dropFilters }).click()
    await row().waitFor()
    await page.getByRole('combobox', { name: english.severity }).click()
    await page.getByRole('option', { name: englishCommon.severity.warning }).click()
    await page.getByText(english.noMatch).waitFor()
    expect(page.url()).toContain('severity=warning')
    await page.reload()
    await page.getByText(english.noMatch).waitFor()
  })

  test('on the phone the filters are a sheet, with their number on its button, and nothing scrolls sideways', async () => {
    await visit('/alerts', { size: 'phone', lang: 'zh' })
    const bar = await page.evaluate(() => {
      const row = document.querySelector('[class*="filterbar"]')
      return row ? row.scrollWidth - row.clientWidth : 0
    })
    expect(bar).toBe(0)
    await page.getByRole('button', { name: chinese.filters }).click()
    await page.getByRole('textbox', { name: chinese.find }).fill('nobody')
    expect(await violations(page)).toEqual([])
    await page.keyboard.press('Escape')
    await page.getByText(chinese.noMatch).waitFor()
    await page.getByRole('button', { name: `${chinese.filters} (1)` }).waitFor()
    await page.getByRole('button', { name: chinese.dropFilters }).click()
    await row().waitFor()
  })

  test('somebody acknowledges and comments, and others see who', async () => {
    await visit('/alerts')
    await row().getByRole('button').click()
    await drawer().getByRole('button', { name: english.more }).click()
    await page.getByRole('menuitem', { name: english.acknowledge }).click()
    await page.getByRole('dialog').getByRole('textbox', { name: english.yourName }).fill('Ada')
    await page.getByRole('dialog').getByRole('button', { name: english.acknowledge }).click()
    await page.getByTitle('Ada looks after it').waitFor()
    await drawer().getByRole('textbox', { name: english.comment, exact: true }).fill('the bank is slow')
    await drawer().getByRole('button', { name: english.send }).click()
    await drawer().getByText('the bank is slow').waitFor()

    const other = await open(browser, magpie.url)
    await other.page.goto(page.url())
    await other.page.getByText('the bank is slow').waitFor()
    await other.page.getByTitle('Ada looks after it').waitFor()
    await other.close()

    await drawer().getByRole('button', { name: english.more }).click()
    await page.getByRole('menuitem', { name: english.withdraw }).click()
    await page.getByTitle('Ada looks after it').waitFor({ state: 'detached' })
  })

  test('a silence quietens just this one, and can be ended', async () => {
    await visit('/alerts')
    await row().getByRole('button').click()
    await drawer().getByRole('button', { name: english.more }).click()
    await page.getByRole('menuitem', { name: english.silence }).click()
    const form = page.getByRole('dialog')
    await form.getByText(english.durations['8h'], { exact: true }).click()
    await form.getByRole('textbox', { name: english.why }).fill('maintenance')
    await form.getByRole('textbox', { name: english.yourName }).fill('Ada')
    await form.getByRole('button', { name: english.silence }).click()
    await form.waitFor({ state: 'detached' })
    await row().getByText(englishCommon.state.silenced).waitFor()

    await page.getByText(english.silences, { exact: true }).click()
    const silence = page.getByRole('row', { name: /maintenance/ })
    await silence.getByText(english.inForce).waitFor()
    await silence.getByRole('button', { name: english.endNow }).click()
    await silence.getByText(english.ended).waitFor()
    await page.getByText(english.now, { exact: true }).click()
    await row().getByText(englishCommon.state.firing).waitFor()
  })

  test('an edge of the map is silenced where it is seen, with all of its fields', async () => {
    await visit('/map?edge=gateway%2F%7Cpayment%2F%7C')
    const panel = page.getByRole('complementary')
    await panel.getByText(englishCommon.state.firing).first().waitFor()
    await panel.getByRole('button', { name: english.silence }).click()
    const form = page.getByRole('dialog')
    expect(await form.getByRole('textbox', { name: english.matcherValue }).evaluateAll(values)).toEqual([
      'modules',
      'gateway',
      'payment',
    ])
    await form.getByRole('textbox', { name: english.why }).fill('known')
    await form.getByRole('textbox', { name: english.yourName }).fill('Ada')
    await form.getByRole('button', { name: english.silence }).click()
    await form.waitFor({ state: 'detached' })
    await panel.getByText(englishCommon.state.silenced).first().waitFor()
    const answer = await fetch(`${magpie.url}/api/v1/silences`)
    const { silences } = (await answer.json()) as { silences: { id: string; comment: string; by: string }[] }
    const silence = silences.find(({ comment }) => comment === 'known')
    expect(silence?.by).toBe('Ada')
    await page.goto('/alerts?show=silences')
    await page.getByRole('row', { name: /known/ }).getByRole('button', { name: english.endNow }).click()
    await page.getByText(english.now, { exact: true }).click()
    await row().getByText(englishCommon.state.firing).waitFor()
  })

  test.each([
    [english.chart, '/explore'],
    [english.map, '/map'],
    [english.records, '/records'],
  ])('one click leads to %s', async (name, path) => {
    await visit('/alerts')
    await row().getByRole('button').click()
    await drawer().getByRole('link', { name }).click()
    await page.waitForURL((url) => url.pathname === path)
    await settled(page)
    await page.getByText('payment').first().waitFor()
  })

  test('on the phone a row has two lines and the drawer is a sheet', async () => {
    await visit('/alerts', { size: 'phone' })
    await row().getByRole('button').click()
    await drawer().waitFor()
    expect((await drawer().boundingBox())?.width).toBe(page.viewportSize()?.width)
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390)
    expect(await violations(page)).toEqual([])
  })
})

describe('monitors', () => {
  test('one of the file is copied, tried on the past, saved, changed, undone and deleted', async () => {
    const words = englishMonitors
    await visit('/monitors?monitor=modules')
    await page.getByRole('button', { name: words.copyToEdit }).click()
    const form = page.getByRole('form', { name: words.add })
    await form.getByRole('textbox', { name: words.name, exact: true }).fill('slow ones')
    const limit = form.getByRole('group', { name: 'Threshold 1' }).getByRole('textbox', { name: /^Limit/ })
    await limit.fill('500')
    const preview = page.getByRole('region', { name: words.preview })
    await preview.getByText('1 alert', { exact: true }).waitFor()
    await limit.fill('1000')
    await preview.getByText('0 alerts', { exact: true }).waitFor()
    await limit.fill('600')
    await form.getByRole('textbox', { name: words.who }).fill('Ada')
    await form.getByRole('button', { name: words.save }).click()
    await page.getByRole('heading', { name: 'slow ones' }).waitFor()
    await until('its alert to fire', async () => {
      const answer = await fetch(`${magpie.url}/api/v1/alerts?monitor=slow%20ones`)
      return ((await answer.json()) as { alerts: { state: string }[] }).alerts.some(({ state }) => state === 'firing')
    })

    await page.getByRole('button', { name: words.edit, exact: true }).click()
    const editing = page.getByRole('form', { name: words.edit })
    await editing
      .getByRole('group', { name: 'Threshold 1' })
      .getByRole('textbox', { name: /^Limit/ })
      .fill('2000')
    await editing.getByRole('button', { name: words.save }).click()
    await page.getByText('Version 2', { exact: true }).waitFor()
    await page.getByRole('button', { name: words.restore }).click()
    await page.getByText('Version 3', { exact: true }).waitFor()

    await page.getByRole('button', { name: words.delete }).click()
    await page.getByRole('dialog').getByRole('button', { name: words.delete }).click()
    await page.getByRole('row', { name: /slow ones/ }).waitFor({ state: 'detached' })
  })

  test('the mistakes of a new one are told in the words of the server', async () => {
    const words = englishMonitors
    await visit('/monitors')
    await page.getByRole('button', { name: words.add }).click()
    const form = page.getByRole('form', { name: words.add })
    await form.getByRole('textbox', { name: words.name, exact: true }).fill('modules')
    await form.getByRole('textbox', { name: words.who }).fill('Ada')
    await form.getByRole('button', { name: words.save }).click()
    await form
      .getByRole('alert')
      .getByText(/modules/)
      .waitFor()
    opened.complaints.length = 0
    expect(await violations(page)).toEqual([])
  })
})
