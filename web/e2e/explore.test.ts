/**
 * The cases by which Explore is judged: monitor (source, target_module), `elapsed_ms` as a line over time, bars by one
 * dimension and by two combined, a drag that changes the range of all pages, a link that shows the same to a second
 * person; nothing found, and the phone.
 */
import type { Page } from 'playwright-core'
import { describe, expect, test } from 'vitest'
import english from '../src/i18n/en/explore.json' with { type: 'json' }
import { open, settled, violations } from './browser.ts'
import { until } from './magpie.ts'
import { begin, minute, pastOfFile, question, slowFrom, type Visit } from './past.ts'

let page: Page
let button: Visit['button']
let choose: Visit['choose']
let chart: Visit['chart']
let search: Visit['search']

const { past, start } = pastOfFile((visit) => {
  ;({ page, button, choose, chart, search } = visit)
})

describe('monitor (source, target_module)', () => {
  test('elapsed_ms as a line over time, with its threshold, alert and values', async () => {
    await start(question)
    await page.getByRole('heading', { name: 'Average elapsed_ms by source and target module' }).waitFor()
    const slider = page.getByRole('slider', { name: 'Average elapsed_ms by source and target module' })
    await slider.waitFor()
    for (const name of ['web · payment', 'web · video', 'app · video']) {
      expect(await button(`Filter by ${name}`).count()).toBeGreaterThan(0)
    }
    await page.getByText('threshold elapsed_ms: 250').first().waitFor()
    const clock = (at: number) => new Date(at).toISOString().slice(11, 16)
    await button(new RegExp(`^(${clock(slowFrom)}|${clock(slowFrom + minute)}) (firing|fired)`)).waitFor()

    // The keyboard walks through the buckets, and each is read out.
    await slider.focus()
    await page.keyboard.press('Home')
    await until(
      'the first bucket to be told',
      async () => (await slider.getAttribute('aria-valuetext'))?.startsWith(clock(begin)) === true,
    )
    const first = (await slider.getAttribute('aria-valuetext'))?.replaceAll('\u202f', ' ')
    expect(first).toBe(`${clock(begin)}, app · video 80 ms, web · payment 40 ms, web · video 20 ms`)
    await page.keyboard.press('End')
    await until(
      'the last bucket to be told',
      async () => (await slider.getAttribute('aria-valuetext'))?.includes('web · payment 900') === true,
    )

    const payment = page.getByRole('row', { name: /web · payment/ })
    const cells = (await payment.getByRole('cell').allTextContents()).map((text) => text.replaceAll('\u202f', ' '))
    expect(cells.slice(1, 8)).toEqual(['900 ms', '250 ms', '40 ms', '900 ms', '900 ms', '180', '0 %'])
    const app = page.getByRole('row', { name: /app · video/ })
    expect((await app.getByRole('cell').allTextContents()).join(' ')).toContain('33')
    expect(await violations(page)).toEqual([])
  })

  test('bars: the axis is a dimension, then two combined', async () => {
    await start(question)
    await choose('Horizontal axis', 'target module', 'menuitemcheckbox')
    await page.waitForURL(/x=target_module/)
    await page.getByRole('heading', { name: 'Average elapsed_ms by target module' }).waitFor()
    const group = page.getByRole('group', { name: 'Average elapsed_ms by target module' })
    const told = async () =>
      (
        await group.getByRole('button').evaluateAll((all) => all.map((each) => each.getAttribute('aria-label') ?? ''))
      ).map((text) => text.replaceAll('\u202f', ' '))
    await until('two bars', async () => (await told()).length === 2)
    // payment: (24 · 40 + 6 · 900) / 30 = 212; video: (12 · 20 + 3 · 80) / 15 = 32
    expect(await told()).toEqual(['payment, Average elapsed_ms 212 ms', 'video, Average elapsed_ms 32 ms'])

    await choose('Horizontal axis', 'source', 'menuitemcheckbox')
    await page.waitForURL(/x=target_module(%2C|,)source/)
    const both = page.getByRole('group', { name: 'Average elapsed_ms by target module and source' })
    await both.waitFor()
    await until('three bars', async () => (await both.getByRole('button').count()) === 3)
    await page.keyboard.press('Escape')
    await page.getByRole('menu').waitFor({ state: 'detached' })
    expect(await violations(page)).toEqual([])
    await both.getByRole('button', { name: /^payment · web/ }).click()
    await page.waitForURL((url) => (url.searchParams.get('q') ?? '').includes('target_module:payment source:web'))
  })

  test('a drag on a chart changes the range of all pages', async () => {
    await start(question)
    const box = await chart().boundingBox()
    if (!box) throw new Error('the chart has no box')
    await page.mouse.move(box.x + box.width / 3, box.y + 60)
    await page.mouse.down()
    await page.mouse.move(box.x + (2 * box.width) / 3, box.y + 80, { steps: 4 })
    await page.mouse.up()
    await page.waitForURL((url) => url.searchParams.get('from') !== new Date(begin).toISOString())
    const [from, to] = [Date.parse(search().get('from') ?? ''), Date.parse(search().get('to') ?? '')]
    expect(Math.abs(from - (begin + 10 * minute))).toBeLessThan(minute)
    expect(Math.abs(to - (begin + 20 * minute))).toBeLessThan(minute)
    const chosen = [search().get('from'), search().get('to')]
    for (const name of ['Records', 'Map', 'Alerts']) {
      await page.getByRole('navigation').getByRole('link', { name }).click()
      await page.waitForURL(new RegExp(`/${name.toLowerCase()}`))
      expect([search().get('from'), search().get('to')]).toEqual(chosen)
    }
  })

  test('a link shows the same to a second person, in another language', async () => {
    await start(`${question}&q=source:web&zone=UTC`)
    const rows = async (of: Page) => {
      await of.getByRole('row', { name: /web · payment/ }).waitFor()
      await until(
        'percentiles',
        async () => (await of.getByRole('row', { name: /web · payment/ }).textContent())?.includes('180') ?? false,
      )
      const cells = await of
        .getByRole('row')
        .evaluateAll((all) =>
          all.slice(1).map((row) => [...row.querySelectorAll('td')].map((cell) => cell.textContent)),
        )
      return cells
    }
    const mine = await rows(page)
    expect(mine).toHaveLength(2)
    const second = await open(past().browser, past().magpie.url, {
      lang: 'zh',
      zone: 'America/New_York',
      scheme: 'dark',
    })
    try {
      await second.page.goto(page.url())
      await settled(second.page)
      await second.page.getByRole('heading', { name: 'elapsed_ms 平均值，按来源、目标模块' }).waitFor()
      expect(await rows(second.page)).toEqual(mine)
      expect(second.complaints).toEqual([])
    } finally {
      await second.close()
    }
  })
})

test('nothing matches: the filter is named and dropped', async () => {
  await start(`${question}&q=source:nobody`)
  await page.getByText(english.emptyFiltered).waitFor()
  expect(await violations(page)).toEqual([])
  await button('Drop the filter: source is nobody').click()
  await page.getByRole('row', { name: /web · payment/ }).waitFor()
})

test('on the phone the sentence folds, a tap sets the cursor, and nothing scrolls sideways', async () => {
  await start(question, { size: 'phone' })
  await chart().tap({ position: { x: 100, y: 80 } })
  await until(
    'the cursor to be read out',
    async () => (await chart().getAttribute('aria-valuetext'))?.includes('web · video') ?? false,
  )
  const sideways = await page.evaluate(
    () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
  )
  expect(sideways).toBe(0)
  expect(await violations(page)).toEqual([])
  await button(new RegExp(`^${english.edit}: `)).click()
  await choose(english.aggregate, english.aggregates.max)
  await page.waitForURL(/aggregate=max/)
})
