/** The map over a range that is past: an edge that had fired within it and was over at its end says so, and how it came to that. */
import type { Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import english from '../src/i18n/en/map.json' with { type: 'json' }
import chinese from '../src/i18n/zh/map.json' with { type: 'json' }
import { type Beside, beside, type Opened, open, settled, type View, violations } from './browser.ts'
import { until } from './magpie.ts'

const config = `
data_dir: ./data
bucket: 1m
sources:
  - name: calls
    file: { include: [./calls.jsonl] }
    parse:
      json: { time: time, source_module: source_module, target_module: target_module, elapsed_ms: elapsed_ms }
monitors:
  - name: modules
    by: [source_module, target_module]
    thresholds:
      - { field: elapsed_ms, above: 250 }
`

const minute = 60_000
const end = Math.floor((Date.now() - 3 * 60 * minute) / minute) * minute
const begin = end - 40 * minute
/** Payment is slow from the tenth minute to the twentieth, and from the thirtieth to the thirty-third. */
const isSlow = (at: number) => (at >= 10 && at < 20) || (at >= 30 && at < 33)

const lines = () =>
  Array.from({ length: 40 }, (_, at) => at).flatMap((at) =>
    Array.from({ length: 6 }, (_, nth) =>
      [
        ['payment', isSlow(at) ? 900 : 40],
        ['video', 20],
      ].map(([target_module, elapsed_ms]) =>
        JSON.stringify({
          time: new Date(begin + at * minute + nth * 9000).toISOString(),
          source_module: 'web',
          target_module,
          elapsed_ms,
        }),
      ),
    ).flat(),
  )

let past: Beside
let opened: Opened
let page: Page

beforeAll(async () => {
  past = await beside(config, `${lines().join('\n')}\n`)
  await until('both alerts to be over', async () => {
    const query = `state=any&from=${new Date(begin).toISOString()}`
    const answer = await fetch(`${past.magpie.url}/api/v1/alerts?${query}`)
    const { alerts } = (await answer.json()) as { alerts: { state: string }[] }
    return alerts.length === 2 && alerts.every(({ state }) => state === 'resolved')
  })
})

afterAll(() => past?.stop())

afterEach(async () => {
  const complaints = opened?.complaints ?? []
  await opened?.close()
  expect(complaints).toEqual([])
})

async function visit(to: number, view: View): Promise<void> {
  opened = await open(past.browser, past.magpie.url, view)
  page = opened.page
  await page.goto(`/map?from=${new Date(begin).toISOString()}&to=${new Date(to).toISOString()}`)
  await settled(page)
}

const edge = () => page.getByRole('button', { name: /web .* payment/ })

test.each([
  ['en', english, /fired 2 times.*\d\d:\d\d–.*\d\d:\d\d/],
  ['zh', chinese, /触发过 2 次.*\d\d:\d\d–.*\d\d:\d\d/],
] as const)(
  'in %s: the edge, its panel and its row of the table say how often and when',
  async (lang, texts, words) => {
    await visit(end, { lang })
    await until('the edge to say it', async () => words.test((await edge().textContent()) ?? ''))
    expect(await page.getByRole('button', { name: /web .* video/ }).textContent()).not.toMatch(words)
    await edge().focus()
    await page.keyboard.press('Enter')
    const panel = page.getByRole('complementary')
    await panel.getByText(words).first().waitFor()
    await panel.getByRole('link', { name: texts.alert }).waitFor()
    expect(await violations(page)).toEqual([])
    await page.getByRole('radiogroup', { name: texts.layout }).getByText(texts.list).click()
    await page.getByRole('row', { name: words }).waitFor()
    expect(await page.getByRole('row', { name: words }).textContent()).toMatch(/payment/)
  },
)

test('a range that ends while it fires shows an alert that stands; what was before it is not told on the edge', async () => {
  await visit(begin + 32 * minute, { lang: 'en' })
  await until('the edge to fire', async () => /firing/i.test((await edge().textContent()) ?? ''))
  expect(await edge().textContent()).not.toMatch(/fired/)
})
