/**
 * What is hidden, folded, incomplete or past says so, and each saying leads to what it is about: idle calls, rows beyond the
 * first page, hosts in a module, bars beyond the first, lines that nobody understood, alerts that are over, a page that is none.
 */
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import enAlerts from '../src/i18n/en/alerts.json' with { type: 'json' }
import enCommon from '../src/i18n/en/common.json' with { type: 'json' }
import enExplore from '../src/i18n/en/explore.json' with { type: 'json' }
import enMap from '../src/i18n/en/map.json' with { type: 'json' }
import enShell from '../src/i18n/en/shell.json' with { type: 'json' }
import zhAlerts from '../src/i18n/zh/alerts.json' with { type: 'json' }
import zhCommon from '../src/i18n/zh/common.json' with { type: 'json' }
import zhExplore from '../src/i18n/zh/explore.json' with { type: 'json' }
import zhMap from '../src/i18n/zh/map.json' with { type: 'json' }
import zhShell from '../src/i18n/zh/shell.json' with { type: 'json' }
import { type Beside, beside, type Lang, open, settled, violations } from './browser.ts'
import { until } from './magpie.ts'

const texts = {
  en: { alerts: enAlerts, common: enCommon, explore: enExplore, map: enMap, shell: enShell },
  zh: { alerts: zhAlerts, common: zhCommon, explore: zhExplore, map: zhMap, shell: zhShell },
}

const config = `
data_dir: ./data
bucket: 1m
sources:
  - name: calls
    file: { include: [./calls.jsonl] }
    parse: { json: { time: time, source: source, target: target, target_module: target_module, elapsed_ms: elapsed_ms } }
monitors:
  - name: hosts
    by: [source, target, target_module]
  - name: modules
    by: [source, target_module]
    thresholds:
      - { field: elapsed_ms, above: 250, severity: warning }
`
const minute = 60_000
const end = Math.floor(Date.now() / minute) * minute
const begin = end - 10 * minute
const range = `from=${new Date(begin).toISOString()}&to=${new Date(end).toISOString()}`
/** More callers than a page of the list has rows, more hosts than a card shows by itself. */
const [callers, hosts] = [220, 8]

const call = (at: number, source: string, target: string, module: string, elapsed: number) =>
  JSON.stringify({ time: new Date(at).toISOString(), source, target, target_module: module, elapsed_ms: elapsed })

/** A call that is idle since; one caller that was slow for two minutes; in the last minute everybody; and a line that is nothing. */
const lines = [
  call(begin - 60 * minute, 'old', 'h9', 'ledger', 20),
  ...Array.from({ length: 9 }, (_, at) => call(begin + (at + 0.5) * minute, 'c0', 'h0', 'wide', at < 2 ? 900 : 20)),
  ...Array.from({ length: callers }, (_, at) => call(end - minute + at * 100, `c${at}`, `h${at % hosts}`, 'wide', 20)),
  'no line that anybody understands',
]

let past: Beside
let page: Page

beforeAll(async () => {
  past = await beside(config, `${lines.join('\n')}\n`)
  const ask = async (path: string) => (await fetch(`${past.magpie.url}/api/v1/${path}`)).json()
  await until('all calls to be drawn, and the slow ones to be over', async () => {
    const { edges_total } = (await ask(`graph?monitor=hosts&${range}`)) as { edges_total: number }
    const { alerts } = (await ask('alerts?state=any')) as { alerts: { state: string }[] }
    return edges_total === callers && alerts.some(({ state }) => state === 'resolved')
  })
})
afterAll(() => past?.stop())

async function show(path: string) {
  await page.goto(path)
  await settled(page)
}
/** A text whose values are not said here. */
const between = (text: string) => new RegExp(`^${text.replace(/\{\{\w+\}\}/g, '.+')}$`)
const filled = (text: string, n: number) => text.replace('{{n}}', String(n))

test.each<Lang>(['en', 'zh'])('%s', async (lang) => {
  const say = texts[lang]
  const { page: opened, complaints, close } = await open(past.browser, past.magpie.url, { lang, zone: 'UTC' })
  page = opened
  const button = (name: string) => page.getByRole('button', { name, exact: true })

  await show(`/map?monitor=hosts&view=list&${range}`)
  const rows = page.getByRole('table', { name: say.map.edges }).locator('tbody tr')
  await expect.poll(() => rows.count()).toBe(200)
  await button(filled(say.map.moreRows, callers - 200)).click()
  await expect.poll(() => rows.count()).toBe(callers)
  await button(filled('idleHidden_one' in say.map ? say.map.idleHidden_one : say.map.idleHidden_other, 1)).click()
  await page.waitForURL(/idle=true/)
  await page.getByRole('row', { name: /old.*ledger/ }).waitFor()

  await show(`/map?monitor=hosts&node=module/wide&${range}`)
  await page.getByRole('switch', { name: filled(say.map.showHosts_other, hosts) }).check({ force: true })
  await page.waitForURL(/turned=/)

  // A line without a time stands where it was read: now.
  await show('/map?monitor=hosts&from=now-15m')
  await page.getByRole('button', { name: between(say.common.complete) }).click()
  await page.getByRole('link', { name: say.common.completeness.toSources }).click()
  await page.waitForURL(/\/sources/)

  await show(`/explore?monitor=modules&split=source&${range}`)
  await page.getByRole('button', { name: between(say.explore.showAll) }).click()
  await page.getByRole('button', { name: between(say.explore.showTop) }).waitFor()

  await show('/alerts')
  await button(say.alerts.seePast).click()
  await page.waitForURL(/show=all/)
  await page.getByRole('row', { name: /wide/ }).first().waitFor()
  const severity = page
    .getByRole('combobox', { name: say.alerts.severity })
    .or(page.getByRole('textbox', { name: say.alerts.severity }))
  await severity.click()
  await page.getByRole('option', { name: say.common.severity.critical }).click()
  await page.getByText(say.alerts.noMatch).waitFor()
  await severity.locator('..').getByRole('button', { includeHidden: true }).click()
  await page.waitForURL((url) => !url.searchParams.has('severity'))
  await page.getByRole('row', { name: /wide/ }).first().waitFor()
  expect(await severity.getAttribute('placeholder')).toBe(say.alerts.anySeverity)

  await page.goto('/nowhere')
  await page.getByRole('heading', { name: say.shell.notFound.title }).waitFor()
  expect(await violations(page)).toEqual([])
  await page.getByRole('link', { name: say.shell.notFound.action }).click()
  await page.waitForURL(/\/map/)
  await close()
  expect(complaints).toEqual([])
})
