/**
 * A person who has never seen Magpie: the demo says what it is and has switches to break it. One fault on, the edge turns
 * red, a click leads to its chart and to the raw line, all within a minute and without a word of explanation.
 */
import type { Browser } from 'playwright-core'
import { afterAll, afterEach, beforeAll, expect, inject, test } from 'vitest'
import { launch, type Opened, open, settled, violations } from './browser.ts'
import { until } from './magpie.ts'

let browser: Browser
let opened: Opened

beforeAll(async () => {
  browser = await launch()
})
afterAll(() => browser.close())
afterEach(async () => {
  const { page, complaints } = opened
  await page.evaluate(() =>
    fetch('/api/v1/demo/faults/order-errors', {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: '{"on":false}',
    }),
  )
  await opened.close()
  expect(complaints).toEqual([])
})

test('from the first screen to the raw line in less than a minute', async () => {
  opened = await open(browser, inject('url'))
  const { page } = opened
  const begin = Date.now()
  await page.goto('/')
  await settled(page)
  const strip = page.getByRole('region', { name: 'Demo' })
  await strip.getByRole('switch', { name: 'failing orders' }).check({ force: true })
  await strip.getByText('Watch the map').waitFor()
  const broken = page.locator('[data-kind="link"]').filter({ hasText: /^gateway to order.*Firing/ })
  await broken.waitFor({ state: 'attached', timeout: 90_000 })
  await broken.focus()
  await page.keyboard.press('Enter')
  const panel = page.getByRole('complementary')
  const line = panel.getByText(/server\.log:\d+$/).or(panel.getByText(/\.log:\d+$/))
  await line.first().click()
  await page.waitForURL(/\/records\?.*record=/)
  const record = page.getByRole('complementary', { name: 'Record' })
  await record.getByRole('heading', { name: 'Raw line' }).waitFor()
  // Every second order succeeds: the line is one that did not.
  await record.getByText('500', { exact: true }).first().waitFor()
  await page.goBack()
  await panel.getByRole('link', { name: 'Chart' }).click()
  await page.waitForURL(/\/explore\?/)
  await page.getByText('threshold error: 5').first().waitFor()
  expect(Date.now() - begin).toBeLessThan(60_000)
  expect(await violations(page)).toEqual([])

  await strip.getByRole('switch', { name: 'failing orders' }).uncheck({ force: true })
  await until('the fault to be off', async () => {
    const { faults } = (await (await fetch(`${inject('url')}/api/v1/demo/faults`)).json()) as {
      faults: { name: string; on: boolean }[]
    }
    return faults.every(({ name, on }) => name !== 'order-errors' || !on)
  })
  await strip.getByRole('button', { name: 'Close' }).click()
  await page.getByRole('link', { name: 'Records', exact: true }).click()
  await page.waitForURL(/\/records/)
  expect(await strip.count()).toBe(0)
})

test('on the phone, in Chinese, the faults are behind one button', async () => {
  opened = await open(browser, inject('url'), { lang: 'zh', size: 'phone' })
  const { page } = opened
  await page.goto('/map')
  await settled(page)
  await page.getByRole('region', { name: '演示' }).getByRole('button', { name: '制造故障' }).click()
  await page.getByRole('switch', { name: '下单出错' }).check({ force: true })
  await page.getByRole('button', { name: '1 个故障已开启' }).waitFor()
  expect(await violations(page)).toEqual([])
})
