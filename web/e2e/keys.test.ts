/** The keys that lead from page to page, each pressed, in both languages; and the list of keys names every page. */
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { type Lang, launch, open, settled } from './browser.ts'

let browser: Browser
beforeAll(async () => {
  browser = await launch()
})
afterAll(() => browser.close())

const pages: readonly { key: string; path: string; title: Record<Lang, string> }[] = [
  { key: 'e', path: '/explore', title: { en: 'Explore', zh: '分析' } },
  { key: 'a', path: '/alerts', title: { en: 'Alerts', zh: '告警' } },
  { key: 'r', path: '/records', title: { en: 'Records', zh: '记录' } },
  { key: 'o', path: '/overview', title: { en: 'Overview', zh: '概览' } },
  { key: 'l', path: '/runs', title: { en: 'Run logs', zh: '运行日志' } },
  { key: 's', path: '/schedules', title: { en: 'Scheduled tasks', zh: '定时任务' } },
  { key: 'f', path: '/flows', title: { en: 'Flows', zh: '流程' } },
  { key: 'i', path: '/monitors', title: { en: 'Monitors', zh: '监视器' } },
  { key: 'u', path: '/sources', title: { en: 'Sources', zh: '数据源' } },
  { key: 'h', path: '/health', title: { en: 'Health', zh: '自身状态' } },
  { key: 'm', path: '/map', title: { en: 'Map', zh: '拓扑' } },
]

describe.each<Lang>(['en', 'zh'])('%s', (lang) => {
  test('g and a letter open each page; the list names them all', async () => {
    const { page, complaints, close } = await open(browser, inject('url'), { lang })
    try {
      await page.goto('/map')
      await settled(page)
      for (const { key, path, title } of pages) {
        await page.keyboard.press('g')
        await page.keyboard.press(key)
        await page.waitForURL((url) => url.pathname === path)
        await page.getByRole('heading', { level: 1, name: title[lang] }).waitFor()
      }
      await page.keyboard.press('?')
      const list = page.getByRole('dialog')
      for (const { title } of pages) await list.getByText(title[lang]).first().waitFor()
      await page.keyboard.press('Escape')
      await list.waitFor({ state: 'hidden' })
      expect(complaints).toEqual([])
    } finally {
      await close()
    }
  }, 240_000)

  test('within a field a letter is a letter', async () => {
    const { page, close } = await open(browser, inject('url'), { lang })
    try {
      await page.goto('/flows')
      await settled(page)
      const find = page.getByRole('textbox').first()
      await find.fill('')
      await find.press('g')
      await find.press('m')
      expect(await find.inputValue()).toBe('gm')
      expect(new URL(page.url()).pathname).toBe('/flows')
    } finally {
      await close()
    }
  }, 240_000)
})
