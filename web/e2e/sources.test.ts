/** Sources, the parser workbench and health: lines light up while a pattern is typed, a parser is saved and taken back. */
import { appendFile, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { launch, type Opened, open, settled, violations } from './browser.ts'
import { type Running, serve, until } from './magpie.ts'

/** Lines that no detection knows: the workbench's reason to be. */
const lines = (from: number, count: number) =>
  Array.from({ length: count }, (_, at) => {
    const second = String((from + at) % 60).padStart(2, '0')
    return `@${second}~2026-11-22T10:00:${second}Z~order->payment~POST /charge~504~${300 + at}\n`
  }).join('')
const pattern = '@<_>~<time>~<source_module>-><target_module>~<operation> <service>~<status>~<elapsed_ms>'

let folder: string
let running: Running
let browser: Browser
let opened: Opened
let page: Page

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'magpie-sources-'))
  const config = `data_dir: ${folder}/data
sources:
  - { name: odd, file: ${folder}/odd.log }
  - { name: web, file: ${folder}/web.log, parse: combined }
  - { name: fresh, file: ${folder}/fresh.log, parse: combined }
monitors:
  - { name: calls, by: [source, target_module, service] }
`
  const hit = (time: string) => `10.0.0.1 - - [${time} +0000] "GET / HTTP/1.1" 200 12 "-" "-"\n`
  const [, day, month, year, clock] = new Date().toUTCString().split(' ')
  await writeFile(join(folder, 'magpie.yaml'), config)
  await writeFile(join(folder, 'odd.log'), lines(0, 40))
  await writeFile(join(folder, 'web.log'), hit('22/Nov/2026:10:00:00').repeat(30))
  await writeFile(join(folder, 'fresh.log'), hit(`${day}/${month}/${year}:${clock}`))
  running = await serve(folder)
  browser = await launch()
  await until('the sources to be read', async () => {
    const { sources } = (await (await fetch(`${running.url}/api/v1/sources`)).json()) as {
      sources: { name: string; parsed: number; unparsed_total: number }[]
    }
    return sources.filter(({ parsed, unparsed_total }) => parsed + unparsed_total > 0).length === 3
  })
})
afterAll(async () => {
  await browser?.close()
  await running?.stop()
  await rm(folder, { recursive: true, force: true })
})
beforeEach(async () => {
  opened = await open(browser, running.url)
  page = opened.page
})
afterEach(() => opened.close())

const bench = () => page.getByRole('region', { name: 'Parser workbench' })
const lit = () => bench().locator('mark')

test('a row per source; one opens with its unparsed lines by reason', async () => {
  await page.goto('/sources')
  await settled(page)
  const row = page.getByRole('row', { name: /^odd/ })
  await row.getByText('100 %').waitFor()
  const web = page.getByRole('row', { name: /^web/ })
  expect(await web.textContent()).toContain('combined')
  await web.getByText(/^history, \d+\sd old$/).waitFor()
  await page
    .getByRole('row', { name: /^fresh/ })
    .getByText(/^99 % within \d/)
    .waitFor()
  await row.getByRole('button', { name: 'odd' }).click()
  await page.waitForURL(/source=odd/)
  const unparsed = page.getByRole('region', { name: 'Lines that were not understood' })
  await unparsed.getByText('order->payment').first().waitFor()
  await unparsed.getByRole('button', { name: 'Try these in the workbench' }).click()
  expect(await bench().getByLabel('Lines to try').inputValue()).toContain('order->payment')
  expect(await violations(page)).toEqual([])
})

test('values light up as a pattern is typed; a mistake stands at its member; columns come out', async () => {
  await page.goto('/sources?source=odd')
  await settled(page)
  await bench().getByText('Pattern', { exact: true }).click()
  const field = bench().getByRole('textbox', { name: 'Pattern' })
  await field.fill('@<_>~<time')
  await bench()
    .getByText(/never closed/)
    .waitFor()
  await field.fill(pattern)
  await lit().first().waitFor()
  const columns = new Set(await lit().evaluateAll((marks) => marks.map((mark) => mark.getAttribute('data-column'))))
  expect([...columns].sort()).toEqual(
    ['elapsed_ms', 'operation', 'service', 'source_module', 'status', 'target_module', 'time'].sort(),
  )
  await bench().getByRole('columnheader', { name: 'target_module' }).waitFor()
  await bench().getByRole('group', { name: 'Columns by expression' }).getByRole('button', { name: 'Add' }).click()
  await bench().getByLabel('Column 1').fill('category')
  await bench().getByLabel('Text, with expressions in braces: {route(path)} 1').fill('{nope}')
  await bench()
    .getByText(/unknown value `nope`/)
    .waitFor()
  await bench().getByLabel('Text, with expressions in braces: {route(path)} 1').fill('money')
  await bench().getByRole('cell', { name: 'money' }).first().waitFor()
  await bench().getByRole('button', { name: 'Drop category' }).click()
})

test('the other ways to read lines: named, regex, grok, JSON, in a zone', async () => {
  await page.goto('/sources?source=web')
  await settled(page)
  const text = bench().getByLabel('Lines to try')
  await text.fill('2026-11-22 10:00:00 INFO ready')
  const choose = (way: string) => bench().getByText(way, { exact: true }).click()
  const has = (name: string) => bench().getByRole('columnheader', { name, exact: true }).waitFor()
  await choose('Regex')
  await bench().getByRole('textbox', { name: 'Regex' }).fill('^(?<time>.{19}) (?<severity>\\w+) (?<category>\\w+)$')
  await has('category')
  await bench().getByLabel('Zone of times that name none').fill('Nowhere/Land')
  await bench()
    .getByText(/Nowhere\/Land/)
    .first()
    .waitFor()
  await bench().getByLabel('Zone of times that name none').fill('UTC')
  await bench().getByRole('cell', { name: '2026-11-22 18:00:00.000' }).waitFor()
  await choose('Grok')
  await bench()
    .getByRole('textbox', { name: 'Grok' })
    .fill('%{TIMESTAMP_ISO8601:time} %{WORD:operation} %{WORD:status}')
  await has('operation')
  await choose('JSON')
  await text.fill('{"at":"2026-11-22T10:00:00Z","req":{"url":"/a"}}')
  const paths = bench().getByRole('group', { name: 'Paths' })
  await paths.getByRole('button', { name: 'Add' }).click()
  await bench().getByLabel('Name 1').fill('service')
  await bench().getByLabel('Path, such as req.url 1').fill('req.url')
  await bench().getByRole('cell', { name: '/a', exact: true }).waitFor()
  await choose('Named')
  await bench()
    .getByRole('combobox', { name: 'Named' })
    .or(bench().getByRole('textbox', { name: 'Named' }))
    .fill('ngixn')
  await bench()
    .getByText(/did you mean `nginx`/)
    .waitFor()
})

test('on the phone, in Chinese: sources as cards, the workbench below, nothing sideways', async () => {
  const phone = await open(browser, running.url, { lang: 'zh', size: 'phone' })
  try {
    await phone.page.goto('/sources')
    await settled(phone.page)
    await phone.page.getByRole('button', { name: 'odd' }).click()
    const form = phone.page.getByRole('region', { name: '解析工作台' })
    await form.getByText('样式', { exact: true }).click()
    await form.getByRole('textbox', { name: '样式' }).fill(pattern)
    await form.locator('mark').first().waitFor()
    const sideways = () =>
      phone.page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)
    expect(await sideways()).toBe(0)
    expect(await violations(phone.page)).toEqual([])
    await phone.page.goto('/health')
    await phone.page.getByRole('region', { name: '结论' }).waitFor()
    expect(await sideways()).toBe(0)
  } finally {
    await phone.close()
  }
})

test('a parser is saved, in force for new lines, shown as YAML, and taken back', async () => {
  await page.goto('/sources?source=odd')
  await settled(page)
  await bench().getByText('Pattern', { exact: true }).click()
  await bench().getByRole('textbox', { name: 'Pattern' }).fill(pattern)
  await lit().first().waitFor()
  await bench().getByLabel('Your name').fill('lin')
  await bench().getByRole('button', { name: 'Save and use it' }).click()
  await bench()
    .getByText(/Saved by lin at/)
    .waitFor()
  await appendFile(join(folder, 'odd.log'), lines(40, 10))
  await until('new lines to be understood', async () => {
    const q = encodeURIComponent('target_module:payment')
    const found = await fetch(`${running.url}/api/v1/records?q=${q}&from=2026-11-22T00:00:00Z`)
    return ((await found.json()) as { records: unknown[] }).records.length > 0
  })
  await page.getByRole('button', { name: 'YAML' }).click()
  const yaml = page.getByRole('dialog', { name: 'odd as YAML' })
  await yaml.getByText('<target_module>').waitFor()
  const [saved] = await Promise.all([
    page.waitForEvent('download'),
    yaml.getByRole('button', { name: 'Save as a file' }).click(),
  ])
  expect(saved.suggestedFilename()).toBe('odd.yaml')
  await page.keyboard.press('Escape')
  await bench().getByRole('button', { name: 'Back to the configuration file' }).click()
  await bench().getByText('As in the configuration file').waitFor()
})

test('health: a verdict, each part against its limit, errors and queues', async () => {
  await page.goto('/health')
  await settled(page)
  await page
    .getByRole('region', { name: 'Verdict' })
    .getByText(/^(All is well|Works, but look)$/)
    .waitFor()
  const measures = page.getByRole('region', { name: 'Against their limits' })
  for (const name of ['Rate', 'Memory', 'Fullest queue', 'Disk free', 'Records stored', 'Oldest data']) {
    await measures.getByRole('heading', { name }).waitFor()
  }
  await measures.getByRole('meter', { name: 'Memory' }).waitFor()
  await page.getByRole('region', { name: 'Queues' }).getByRole('row').nth(1).waitFor()
  expect(await violations(page)).toEqual([])
})
