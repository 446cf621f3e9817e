/**
 * Pictures of every page, light and dark, 1440×900 and 390×844, English and Chinese, into `web/screenshots`. They are
 * looked at by people; a page that cannot be pictured fails. PAGES=map takes only those whose name contains it.
 */
import { mkdir } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, inject, test } from 'vitest'
import { type Lang, launch, open, type Scheme, type Size, settled } from './browser.ts'
import { pathOf, routes } from './routes.ts'

const folder = fileURLToPath(new URL('../screenshots/', import.meta.url))
const wanted = routes.filter(({ name }) => name.includes(process.env.PAGES ?? ''))
const schemes: Scheme[] = ['light', 'dark']
const sizes: Size[] = ['desktop', 'phone']
const langs: Lang[] = ['en', 'zh']
const views = schemes.flatMap((scheme) => sizes.flatMap((size) => langs.map((lang) => ({ scheme, size, lang }))))

let browser: Browser
beforeAll(async () => {
  await mkdir(folder, { recursive: true })
  browser = await launch()
})
afterAll(() => browser.close())

describe.each(views)('$scheme, $size, $lang', (view) => {
  test.each(wanted)('$name', async (route) => {
    const { name } = route
    const { page, close } = await open(browser, inject('url'), view)
    try {
      await page.goto(await pathOf(route, inject('url')))
      await settled(page)
      // Charts draw and layouts rest a moment after their data has come.
      await page.waitForTimeout(700)
      await page.screenshot({ path: `${folder}${name}-${view.scheme}-${view.size}-${view.lang}.png` })
    } finally {
      await close()
    }
  })
})
