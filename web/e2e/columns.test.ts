/** The columns of the run logs, on the demo: chosen, ordered, made wider by keyboard, and kept by this browser. */
import type { Browser, Page } from 'playwright-core'
import { describe, expect, inject, test } from 'vitest'
import english from '../src/i18n/en/common.json' with { type: 'json' }
import chinese from '../src/i18n/zh/common.json' with { type: 'json' }
import { type Lang, onePageEach, open, settled, violations } from './browser.ts'

let browser: Browser
onePageEach((_, launched) => {
  browser = launched
})

const filled = (text: string, value: string) => text.replace('{{name}}', value)

describe.each<[Lang, typeof english | typeof chinese]>([
  ['en', english],
  ['zh', chinese],
])('%s', (lang, words) => {
  test('columns of the run logs', async () => {
    const { page, complaints, close } = await open(browser, inject('url'), { lang })
    const head = () => page.locator('[class*="logHeadCell"]').allTextContents()
    const choose = (path: Page) => path.getByRole('button', { name: words.columns, exact: true }).click()
    await page.goto('/runs?application=*&from=now-1d')
    await settled(page)
    await page.getByRole('option').first().waitFor()
    const usual = await head()
    await choose(page)
    await page.getByRole('checkbox', { name: words.column.component, exact: true }).click()
    await page.getByRole('textbox', { name: words.findColumn }).fill('version')
    await page.getByRole('checkbox', { name: words.column.version, exact: true }).click()
    await page.getByRole('button', { name: filled(words.columnEarlier, words.column.version) }).click()
    const width = page.getByRole('textbox', { name: filled(words.columnWidth, words.column.flow) })
    await width.fill('240')
    expect(await violations(page)).toEqual([])
    await page.keyboard.press('Escape')
    await page.waitForURL((url) => url.search.includes('version') && !url.search.includes('component'))

    await page.goto('/runs?application=*&from=now-1d')
    await settled(page)
    await page.getByRole('option').first().waitFor()
    const chosen = await head()
    expect(chosen).not.toContain(words.column.component)
    const flow = page.locator('[class*="logHeadCell"]').filter({ hasText: words.column.flow })
    expect((await flow.boundingBox())?.width).toBe(240)
    await choose(page)
    await page.getByRole('button', { name: words.usualColumns }).click()
    await width.fill('')
    await page.keyboard.press('Escape')
    await expect.poll(head).toEqual(usual)
    expect(complaints).toEqual([])
    await close()
  })
})
