/**
 * The server is gone, really: its process is killed while a page is open, and started again on the same port. The page
 * says so, keeps what it shows, and goes on by itself when Magpie is back, with what was written meanwhile.
 */
import { appendFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Beside, beside, type Lang, open, settled } from './browser.ts'

const config = `
data_dir: ./data
bucket: 1m
sources:
  - name: calls
    file: { include: [./calls.jsonl] }
    parse:
      json: { time: time, source_module: from, target_module: to, elapsed_ms: elapsed_ms }
`

const line = (to: string) => `${JSON.stringify({ time: new Date().toISOString(), from: 'web', to, elapsed_ms: 20 })}\n`

let started: Beside
beforeAll(async () => {
  started = await beside(config, line('video').repeat(20))
})
afterAll(() => started?.stop())

const words: Record<Lang, { lost: RegExp; stopped: string }> = {
  en: { lost: /^Not connected to Magpie since/, stopped: 'while_down_en' },
  zh: { lost: /与 Magpie 失去连接/, stopped: 'while_down_zh' },
}

describe.each<Lang>(['en', 'zh'])('%s', (lang) => {
  test('a killed server is told, what was shown stays, and a new one is found by itself', async () => {
    const { lost, stopped } = words[lang]
    const { page, close } = await open(started.browser, started.magpie.url, { lang })
    try {
      await page.goto('/records')
      await settled(page)
      const rows = page.getByRole('option')
      await rows.filter({ hasText: 'video' }).first().waitFor()

      await started.magpie.kill()
      const strip = page.getByRole('status').filter({ hasText: lost })
      await strip.waitFor({ timeout: 60_000 })
      expect(await rows.filter({ hasText: 'video' }).count()).toBeGreaterThan(0)

      await appendFile(join(started.folder, 'calls.jsonl'), line(stopped).repeat(3))
      started.magpie = await started.magpie.again()
      await strip.waitFor({ state: 'hidden', timeout: 60_000 })
      await rows.filter({ hasText: stopped }).first().waitFor({ timeout: 60_000 })
    } finally {
      await close()
    }
  }, 240_000)
})
