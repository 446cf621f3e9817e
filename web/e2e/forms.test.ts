/**
 * The fields and buttons of forms that no other test has in both languages, each once as a person uses it: zone and calendar,
 * matchers of a silence, limits of a monitor, columns by expression, the panel's width. And what the server refuses, in words.
 */
import type { Page } from 'playwright-core'
import { describe, expect, test } from 'vitest'
import enAlerts from '../src/i18n/en/alerts.json' with { type: 'json' }
import enCommon from '../src/i18n/en/common.json' with { type: 'json' }
import enMonitors from '../src/i18n/en/monitors.json' with { type: 'json' }
import enRecords from '../src/i18n/en/records.json' with { type: 'json' }
import enSources from '../src/i18n/en/sources.json' with { type: 'json' }
import enTime from '../src/i18n/en/time.json' with { type: 'json' }
import zhAlerts from '../src/i18n/zh/alerts.json' with { type: 'json' }
import zhCommon from '../src/i18n/zh/common.json' with { type: 'json' }
import zhMonitors from '../src/i18n/zh/monitors.json' with { type: 'json' }
import zhRecords from '../src/i18n/zh/records.json' with { type: 'json' }
import zhSources from '../src/i18n/zh/sources.json' with { type: 'json' }
import zhTime from '../src/i18n/zh/time.json' with { type: 'json' }
import { type Lang, violations } from './browser.ts'
import { end, pastOfFile, range, type Visit } from './past.ts'

const texts = {
  en: {
    alerts: enAlerts,
    common: enCommon,
    monitors: enMonitors,
    records: enRecords,
    sources: enSources,
    time: enTime,
    // What the server says to a browser of this language.
    unknown: /unknown column or field `modul`/,
    expression: /not an expression/,
    lasting: /for `soon` is not a duration; write it as `30s`/,
    exists: /there is a monitor `source-to-module` already|is in the configuration file/,
  },
  zh: {
    alerts: zhAlerts,
    common: zhCommon,
    monitors: zhMonitors,
    records: zhRecords,
    sources: zhSources,
    time: zhTime,
    unknown: /没有名为“modul”的列或字段/,
    expression: /不是有效的表达式/,
    lasting: /“soon”不是时长。请写成 30s/,
    exists: /已有名为“source-to-module”的监视器|写在配置文件里/,
  },
}
/** A text with its value. */
const filled = (text: string, value: string) => text.replace(/\{\{\w+\}\}/, value)

let page: Page
let button: Visit['button']
let search: Visit['search']
let forgive: Visit['forgive']

const { start } = pastOfFile((visit) => {
  ;({ page, button, search, forgive } = visit)
})

/** Chooses from a list that opens at a field. */
async function pick(name: string, option: string): Promise<void> {
  await page
    .getByRole('combobox', { name, exact: true })
    .or(page.getByRole('textbox', { name, exact: true }))
    .last()
    .click()
  await page.getByRole('option', { name: option, exact: true }).click()
}

describe.each<Lang>(['en', 'zh'])('%s', (lang) => {
  const say = texts[lang]

  test('time: zone, days of the calendar, the page’s own range, refresh now', async () => {
    await start(`/records?${range}`, { lang })
    const time = page.getByRole('option').first().getByRole('time')
    const inUtc = await time.textContent()
    const open = () => page.getByRole('button', { name: new RegExp(`^${say.time.range}`) }).click()
    await open()
    const zone = page
      .getByRole('combobox', { name: say.time.zone })
      .or(page.getByRole('textbox', { name: say.time.zone }))
    await zone.fill('Asia/Tokyo')
    await page.getByRole('option', { name: 'Asia/Tokyo' }).click()
    await expect.poll(() => time.textContent()).not.toBe(inUtc)
    const today = new Date(end + 9 * 3_600_000).getUTCDate()
    const day = page.locator('table button:not([data-outside])').filter({ hasText: new RegExp(`^${today}$`) })
    await day.click()
    await day.click()
    await page.getByRole('dialog', { name: say.time.range }).getByRole('button', { name: say.common.apply }).click()
    await page.waitForURL((url) => url.searchParams.get('from')?.endsWith('T15:00:00Z') ?? false)
    await open()
    await button(say.time.pageDefault).click()
    await page.waitForURL((url) => !url.searchParams.has('from'))
    let asked = 0
    page.on('request', (request) => {
      if (new URL(request.url()).pathname === '/api/v1/records') asked += 1
    })
    await button(say.time.refresh.now).click()
    await expect.poll(() => asked).toBeGreaterThan(0)
  })

  test('a silence: matchers are compared, added, dropped; an expression that is none is told', async () => {
    await start('/alerts', { lang })
    await button(say.alerts.newSilence).click()
    const form = page.getByRole('dialog')
    await pick(say.alerts.matcherOperator, say.alerts.operators.matches)
    await form.getByRole('textbox', { name: say.alerts.matcherValue }).fill('pay(')
    await form.getByRole('button', { name: say.alerts.addMatcher, exact: true }).click()
    await form.getByRole('button', { name: filled(say.alerts.dropMatcher, 'monitor') }).click()
    await form.getByText(say.alerts.durations['30m'], { exact: true }).click()
    await form.getByRole('textbox', { name: say.alerts.why }).fill(`probe ${lang}`)
    await form.getByRole('textbox', { name: say.alerts.yourName }).fill('Ada')
    await form.getByRole('button', { name: say.alerts.silence, exact: true }).click()
    await form.getByText(say.expression).waitFor()
    forgive()
    await form.getByRole('textbox', { name: say.alerts.matcherValue }).fill('pay.*')
    await form.getByRole('button', { name: say.alerts.silence, exact: true }).click()
    await form.waitFor({ state: 'detached' })
    await page.getByText(say.alerts.silences, { exact: true }).click()
    const row = page.getByRole('row', { name: new RegExp(`probe ${lang}`) })
    await row.getByRole('button', { name: say.alerts.endNow }).click()
    await row.getByText(say.alerts.ended).waitFor()
  })

  test('a monitor: limits and thresholds come and go, the past is as long as asked; its name is taken', async () => {
    await start('/monitors', { lang })
    await button(say.monitors.add).click()
    const form = page.getByRole('form', { name: say.monitors.add })
    await form.getByRole('textbox', { name: say.monitors.name, exact: true }).fill('source-to-module')
    await form.getByRole('button', { name: say.monitors.addWhere }).click()
    await pick(say.monitors.whereColumn, say.common.column.source)
    await form.getByRole('textbox', { name: say.monitors.whereValues }).fill('app')
    const first = form.getByRole('group', { name: filled(say.monitors.threshold, '1') })
    await form.getByRole('button', { name: say.monitors.addThreshold }).click()
    const thresholds = await form
      .getByRole('group', { name: new RegExp(filled(say.monitors.threshold, '\\d')) })
      .count()
    for (let number = thresholds; number > 1; number -= 1) {
      await form.getByRole('button', { name: filled(say.monitors.removeThreshold, String(number)) }).click()
    }
    await first.getByRole('textbox', { name: new RegExp(`^${say.monitors.limit}`) }).fill('100')
    await first.getByRole('textbox', { name: say.monitors.lasting }).fill('soon')
    await page.getByRole('region', { name: say.monitors.preview }).getByText(say.lasting).waitFor()
    forgive()
    await first.getByRole('textbox', { name: say.monitors.lasting }).fill('1m')
    const spans: number[] = []
    page.on('request', (request) => {
      if (!request.url().endsWith('/api/v1/monitors/preview')) return
      const { from, to, monitor } = request.postDataJSON() as { from: string; to: string; monitor: { where?: object } }
      if (JSON.stringify(monitor.where ?? {}).includes('app')) spans.push(Date.parse(to) - Date.parse(from))
    })
    await pick(say.monitors.previewSpan, say.monitors.spans['1h'])
    await expect.poll(() => spans, { timeout: 30_000 }).toContain(3_600_000)
    await page.getByRole('region', { name: say.monitors.preview }).getByText(/\d/).first().waitFor()
    await form.getByRole('button', { name: filled(say.monitors.removeWhere, say.common.column.source) }).click()
    await form.getByRole('textbox', { name: say.monitors.whereValues }).waitFor({ state: 'detached' })
    await form.getByRole('textbox', { name: say.monitors.who }).fill('Ada')
    await form.getByRole('button', { name: say.monitors.save }).click()
    await form.getByRole('alert').getByText(say.exists).waitFor()
    forgive()
    expect(await violations(page)).toEqual([])
  })

  test('a parser: a column by expression is added and dropped; its records are one click away', async () => {
    await start('/sources?source=calls', { lang })
    const map = page.getByRole('group', { name: say.sources.map })
    await map.getByRole('button', { name: say.sources.addRow }).click()
    const name = map.getByLabel(new RegExp(`^${say.sources.mapName} \\d+$`)).last()
    await name.fill('region')
    await page.keyboard.press('Escape')
    await map.getByRole('button', { name: filled(say.sources.dropRow, 'region') }).click()
    await expect.poll(() => map.getByRole('button', { name: filled(say.sources.dropRow, 'region') }).count()).toBe(0)
    await page.getByRole('link', { name: say.sources.toRecords }).click()
    await page.waitForURL(/\/records/)
    expect(search().get('q')).toBe('input:"calls"')
  })

  test('records: a mistake in this language, and the panel as wide as a person likes', async () => {
    await start(`/records?q=modul:video&${range}`, { lang })
    await page.getByRole('alert').getByText(say.unknown).waitFor()
    await page.goto(`/records?${range}`)
    await page.getByRole('option').first().click()
    const edge = page.getByRole('separator', { name: say.common.resize })
    const before = Number(await edge.getAttribute('aria-valuenow'))
    await edge.focus()
    await page.keyboard.press('ArrowLeft')
    await expect.poll(() => edge.getAttribute('aria-valuenow')).toBe(String(before + 16))
    await page.setViewportSize({ width: 390, height: 844 })
    await button(say.common.sheetFull).click()
    await button(say.common.sheetHalf).waitFor()
    forgive()
  })
})
