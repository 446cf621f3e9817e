/** Every page opens in both languages, both appearances and both sizes: its title, no complaint, nothing for axe. */
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { launch, open, settled, type View, violations } from './browser.ts'
import { pathOf, routes } from './routes.ts'

let browser: Browser
beforeAll(async () => {
  browser = await launch()
})
afterAll(() => browser.close())

const views: Required<Pick<View, 'lang' | 'scheme' | 'size'>>[] = [
  { lang: 'en', scheme: 'light', size: 'desktop' },
  { lang: 'zh', scheme: 'dark', size: 'desktop' },
  { lang: 'zh', scheme: 'light', size: 'phone' },
  { lang: 'en', scheme: 'dark', size: 'phone' },
]

describe.each(views)('$lang, $scheme, $size', (view) => {
  test.each(routes)('$name', async (route) => {
    const { title } = route
    const { page, complaints, close } = await open(browser, inject('url'), view)
    try {
      await page.goto(await pathOf(route, inject('url')))
      await page.getByRole('heading', { level: 1, name: title[view.lang] }).waitFor()
      await settled(page)
      expect(await page.locator('html').getAttribute('lang')).toBe(view.lang === 'zh' ? 'zh-CN' : 'en')
      expect(await violations(page)).toEqual([])
      const width = await page.evaluate(
        () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
      )
      expect(width, 'the page does not scroll sideways').toBe(0)
      expect(complaints).toEqual([])
    } finally {
      await close()
    }
  })
})
