/** Every control of Explore once, as a person uses it, in both languages; what it changes stands in the URL. */
import { readFile } from 'node:fs/promises'
import type { Download, Page } from 'playwright-core'
import { describe, expect, test } from 'vitest'
import charts from '../src/i18n/en/charts.json' with { type: 'json' }
import english from '../src/i18n/en/explore.json' with { type: 'json' }
import zhCharts from '../src/i18n/zh/charts.json' with { type: 'json' }
import chinese from '../src/i18n/zh/explore.json' with { type: 'json' }
import { type Lang, violations } from './browser.ts'
import { until } from './magpie.ts'
import { begin, pastOfFile, question, type Visit } from './past.ts'

const texts = { en: { ...english, ...charts }, zh: { ...chinese, ...zhCharts } }

let page: Page
let button: Visit['button']
let choose: Visit['choose']
let chart: Visit['chart']

const { start } = pastOfFile((visit) => {
  ;({ page, button, choose, chart } = visit)
})

async function saved(kind: string, act: () => Promise<void>): Promise<{ name: string; content: Buffer }> {
  const waiting: Promise<Download> = page.waitForEvent('download')
  await act()
  await page.getByRole('menuitem', { name: kind }).click()
  const download = await waiting
  return { name: download.suggestedFilename(), content: await readFile(await download.path()) }
}

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
