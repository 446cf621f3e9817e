/**
 * The controls of map, records, alerts and time that no other test has in both languages, each once as a person uses it; and
 * what must hold where the window is narrow or the data old.
 */
import type { Locator, Page } from 'playwright-core'
import { describe, expect, test } from 'vitest'
import enAlerts from '../src/i18n/en/alerts.json' with { type: 'json' }
import enCommon from '../src/i18n/en/common.json' with { type: 'json' }
import enHealth from '../src/i18n/en/health.json' with { type: 'json' }
import enMap from '../src/i18n/en/map.json' with { type: 'json' }
import enRecords from '../src/i18n/en/records.json' with { type: 'json' }
import enTime from '../src/i18n/en/time.json' with { type: 'json' }
import zhAlerts from '../src/i18n/zh/alerts.json' with { type: 'json' }
import zhCommon from '../src/i18n/zh/common.json' with { type: 'json' }
import zhHealth from '../src/i18n/zh/health.json' with { type: 'json' }
import zhMap from '../src/i18n/zh/map.json' with { type: 'json' }
import zhRecords from '../src/i18n/zh/records.json' with { type: 'json' }
import zhTime from '../src/i18n/zh/time.json' with { type: 'json' }
import { type Lang, settled, violations } from './browser.ts'
import { pastOfFile, range, type Visit } from './past.ts'

const texts = {
  en: { alerts: enAlerts, common: enCommon, health: enHealth, map: enMap, records: enRecords, time: enTime },
  zh: { alerts: zhAlerts, common: zhCommon, health: zhHealth, map: zhMap, records: zhRecords, time: zhTime },
}

let page: Page
let button: Visit['button']

const { start } = pastOfFile((visit) => {
  ;({ page, button } = visit)
})

const map = `/map?monitor=source-to-module&${range}`
const box = async (locator: Locator) => {
  const found = await locator.boundingBox()
  if (!found) throw new Error('it is not on the page')
  return found
}
/** Text before, between and after the values of a translated text. */
const pattern = (text: string) =>
  new RegExp(
    text
      .split(/\{\{\w+\}\}/)
      .map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
      .join('.*'),
  )

describe.each<Lang>(['en', 'zh'])('%s', (lang) => {
  const say = texts[lang]

  test('map: zoom, fit, tidy, tier, hosts, list, neighbourhood', async () => {
    await start(map, { lang })
    const zoom = page.getByRole('region', { name: say.map.zoom })
    for (const name of [say.map.zoomIn, say.map.zoomOut, say.map.fit, say.map.tidy]) {
      await zoom.getByRole('button', { name, exact: true }).click()
    }
    await button(say.map.options).click()
    await page.getByRole('radiogroup', { name: say.map.tier }).getByText(say.map.tierBack, { exact: true }).click()
    await page.waitForURL(/tier=back/)
    await page
      .getByRole('radiogroup', { name: say.map.hostsWord })
      .getByText(say.map.hostsNone, { exact: true })
      .click()
    await page.waitForURL(/hosts=none/)
    await page.keyboard.press('Escape')
    await page.goto(`${map}&focus=module/payment`)
    await settled(page)
    await button(say.map.leave).click()
    await page.waitForURL((url) => !url.searchParams.has('focus'))
  })

  test('records: columns in their order and width by keyboard, a record copied', async () => {
    await start(`/records?${range}`, { lang })
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write'])
    const head = page.locator('[class*="logHeadCell"]').first()
    const wide = (await box(head)).width
    await button(say.common.columns).click()
    expect(await violations(page)).toEqual([])
    const width = page.getByRole('textbox', { name: pattern(say.common.columnWidth) }).first()
    await width.focus()
    await page.keyboard.type('300')
    await page.keyboard.press('ArrowUp')
    await expect.poll(async () => (await box(head)).width).toBe(316)
    await width.fill('')
    await expect.poll(async () => (await box(head)).width).toBe(wide)
    const first = await head.textContent()
    await page
      .getByRole('button', { name: pattern(say.common.columnLater) })
      .first()
      .click()
    await expect.poll(() => head.textContent()).not.toBe(first)
    await button(say.common.usualColumns).click()
    await expect.poll(() => head.textContent()).toBe(first)
    await page.keyboard.press('Escape')
    await page.getByRole('option').first().click()
    await button(say.records.copyJson).click()
    const copied = JSON.parse(await page.evaluate(() => navigator.clipboard.readText())) as { target_module: string }
    expect(['payment', 'video']).toContain(copied.target_module)
  })

  test('alerts: the past ones, in each grouping', async () => {
    await start(`/alerts?show=all&${range}`, { lang })
    const by = page.getByRole('combobox', { name: say.alerts.groupBy })
    for (const [name, group] of [
      [say.alerts.groups.module, 'module'],
      [say.alerts.groups.severity, 'severity'],
      [say.alerts.groups.none, 'none'],
    ] as const) {
      await by.click()
      await page.getByRole('option', { name, exact: true }).click()
      await page.waitForURL(new RegExp(`group=${group}`))
      await page
        .getByRole('row', { name: /payment/ })
        .first()
        .waitFor()
    }
    await page.getByRole('textbox', { name: say.alerts.find }).fill('nobody')
    await button(say.alerts.dropFilters).click()
    await page
      .getByRole('row', { name: /payment/ })
      .first()
      .waitFor()
  })

  test('health names every queue in this language', async () => {
    await start('/health', { lang })
    for (const name of Object.values(say.health.queueNames)) {
      await page
        .getByRole('cell', { name: pattern(name) })
        .first()
        .waitFor()
    }
  })

  test('between rail and sidebar the drawer covers neither the filters nor the map', async () => {
    await start(map, { lang })
    await page.setViewportSize({ width: 1000, height: 800 })
    const radio = (name: string) =>
      page.getByRole('radiogroup', { name: say.map.layout }).getByText(name, { exact: true })
    await radio(say.map.list).click()
    await page
      .getByRole('row', { name: /payment/ })
      .getByRole('button')
      .first()
      .click()
    const drawer = page.getByRole('complementary')
    await drawer.waitFor()
    await radio(say.map.tree).click()
    const canvas = await box(page.getByTestId('map-canvas'))
    expect(canvas.x + canvas.width).toBeLessThanOrEqual((await box(drawer)).x + 1)
  })

  test('where nothing is, the way to the newest records', async () => {
    await start('/records?from=2039-01-01T00:00:00Z&to=2039-01-01T01:00:00Z', { lang })
    await page.getByRole('button', { name: pattern(say.common.newestRecords) }).click()
    await page.getByRole('option').first().waitFor()
    expect(Date.parse(new URL(page.url()).searchParams.get('to') ?? '')).toBeLessThan(Date.now() + 60_000)
  })
})
