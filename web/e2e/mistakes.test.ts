/** What is wrong with a parser and with a flow is told in both languages, at the place where it is, while it is written and when it is refused. */
import type { Page } from 'playwright-core'
import { expect, inject, test } from 'vitest'
import enFlows from '../src/i18n/en/flows.json' with { type: 'json' }
import enSources from '../src/i18n/en/sources.json' with { type: 'json' }
import zhFlows from '../src/i18n/zh/flows.json' with { type: 'json' }
import zhSources from '../src/i18n/zh/sources.json' with { type: 'json' }
import { type Lang, launch, open, settled } from './browser.ts'

const say = { en: { sources: enSources, flows: enFlows }, zh: { sources: zhSources, flows: zhFlows } }

/** Each with what is told of it. */
const patterns: [string, Record<Lang, RegExp>][] = [
  ['<time> <severity', { en: /column 8: this `<` is never closed/, zh: /第 8 个字符：“<”没有用“>”闭合。/ }],
  ['<a><b>', { en: /no text between `<a>` and `<b>`/, zh: /<a> 和 <b> 之间没有文字/ }],
  ['<time:%Y-%q> <a>', { en: /`%q` is not known/, zh: /“%q”无法识别/ }],
]
const regexes: [string, Record<Lang, RegExp>][] = [
  ['(a)', { en: /no group has a name/, zh: /没有命名的分组/ }],
  ['(', { en: /unclosed group/, zh: /不是有效的正则表达式：.*unclosed group/s }],
]
const expressions: [string, Record<Lang, RegExp>][] = [
  ['{rout(a)}', { en: /did you mean `route`/, zh: /没有名为“rout”的函数。是不是想写“route”？/ }],
  ['{a == }', { en: /a value is missing/, zh: /这里缺少一个值/ }],
  ['{nope}', { en: /unknown value `nope`/, zh: /没有名为“nope”的值/ }],
]
const tasks: [string, Record<Lang, RegExp>][] = [
  ['sett: { a: 1 }', { en: /did you mean `set`/, zh: /没有名为“sett”的键。是不是想写“set”？/ }],
  ['wait: 5', { en: /a number stands here; write a mapping/, zh: /这里是数字。应当写对象/ }],
  // biome-ignore lint/suspicious/noTemplateCurlyInString: it is an expression of the flow
  ['set: { x: "${ .a | foo }" }', { en: /no function `foo\/0`/, zh: /用到了不存在的名称：foo\/0/ }],
  ['call: grpc', { en: /is missing; add it here|not supported/, zh: /缺少“with”|不支持 call: grpc/ }],
]

async function parser(page: Page, lang: Lang) {
  const { sources } = say[lang]
  const bench = page.getByRole('region', { name: sources.workbench })
  await bench.locator('textarea').first().fill('2026-11-22 x y')
  for (const [way, cases] of [
    ['pattern', patterns],
    ['regex', regexes],
  ] as const) {
    await bench.getByText(sources.ways[way], { exact: true }).click()
    for (const [text, told] of cases) {
      await bench.getByRole('textbox', { name: sources.ways[way], exact: true }).fill(text)
      await bench.getByText(told[lang]).waitFor()
    }
  }
  await bench.getByText(sources.ways.pattern, { exact: true }).click()
  await bench.getByRole('textbox', { name: sources.ways.pattern, exact: true }).fill('<time> <a> <b>')
  await bench.getByRole('button', { name: sources.addRow, exact: true }).click()
  await bench.getByLabel(`${sources.mapName} 1`, { exact: true }).fill('category')
  for (const [text, told] of expressions) {
    await bench.getByLabel(`${sources.mapValue} 1`, { exact: true }).fill(text)
    await bench.getByText(told[lang]).waitFor()
  }
  await bench.getByRole('button', { name: sources.saveParser, exact: true }).click()
  await bench
    .getByRole('alert')
    .getByText(expressions.at(-1)?.[1][lang] ?? /./)
    .nth(1)
    .waitFor()
}

async function flow(page: Page, lang: Lang) {
  const { flows } = say[lang]
  const source = page.locator('.cm-content')
  for (const [task, told] of tasks) {
    await source.click()
    await page.keyboard.press('Control+A')
    await page.keyboard.insertText(
      `document:\n  dsl: '1.0.3'\n  namespace: shop\n  name: wrong\n  version: '0.1.0'\ndo:\n  - one:\n      ${task}\n`,
    )
    await page.getByRole('status').getByText(told[lang]).first().waitFor()
  }
  await page.getByRole('button', { name: flows.saveDraft, exact: true }).click()
  await page
    .getByRole('alert')
    .getByText(tasks.at(-1)?.[1][lang] ?? /./)
    .waitFor()
}

test.each<Lang>(['en', 'zh'])('in %s', async (lang) => {
  const browser = await launch()
  const { page, close } = await open(browser, inject('url'), { lang })
  await page.goto('/sources')
  await settled(page)
  const first = page.getByRole('table').getByRole('button').first()
  await first.click()
  await parser(page, lang)
  await page.goto('/flows?new=true')
  await settled(page)
  await flow(page, lang)
  await close()
  await browser.close()
  expect(page.isClosed()).toBe(true)
})
