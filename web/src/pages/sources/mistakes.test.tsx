/** What is wrong with a parser stands at the member that it is in, at its character, in the reader's language. */
import { cleanup, screen, within } from '@testing-library/react'
import { afterEach, expect, test, vi } from 'vitest'
import type { Problem } from '~/api/client'
import { chooseLanguage } from '~/i18n'
import { renderAlone, stubServer } from '~/testing'
import { emptyDraft } from './choice'
import { ParserForm } from './ParserForm'

const refused: Problem = {
  type: 'about:blank',
  title: 'Unprocessable Entity',
  status: 422,
  detail: 'pattern, column 4: …; `{1 +}`, column 5: …; `{rout(path)}`, column 2: …',
  fix: 'change `pattern`',
  parameter: 'pattern',
  code: 'parser_unfit',
  values: {},
  mistakes: [
    {
      path: 'pattern',
      column: 4,
      message: 'pattern, column 4: no text between `<a>` and `<b>`: nothing tells where the first one ends',
      code: 'pattern_nothing_between',
      values: { name: 'a', next: 'b' },
    },
    {
      path: 'map.elapsed_ms',
      column: 5,
      message: '`{1 +}`, column 5: a value is missing here',
      code: 'expression_value_missing',
      values: {},
    },
    {
      path: 'map.service',
      column: 2,
      message: '`{rout(path)}`, column 2: unknown function `rout`, did you mean `route`?',
      code: 'unknown_near',
      values: { name: 'rout', near: 'route', what: 'function' },
    },
  ],
}

afterEach(async () => {
  cleanup()
  vi.unstubAllGlobals()
  await chooseLanguage('en')
})

test.each([
  [
    'en',
    /^pattern, column 4: no text between/,
    'Columns by expression',
    [
      'elapsed_ms `{1 +}`, column 5: a value is missing here',
      'service `{rout(path)}`, column 2: unknown function `rout`, did you mean `route`?',
    ],
  ],
  [
    'zh',
    /^第 4 个字符：<a> 和 <b> 之间没有文字，.*请写上两者之间的文字。$/,
    '用表达式生成列',
    [
      'elapsed_ms 第 5 个字符：这里缺少一个值。请写名称、数字或带引号的文字。',
      'service 第 2 个字符：没有名为“rout”的函数。是不是想写“route”？',
    ],
  ],
] as const)('%s', async (lang, ofPattern, group, ofMap) => {
  await chooseLanguage(lang)
  stubServer({})
  renderAlone(
    <ParserForm draft={{ ...emptyDraft, way: 'pattern', pattern: '<a><b>' }} problem={refused} onDraft={() => {}} />,
  )
  expect(await screen.findByText(ofPattern)).toBeTruthy()
  const map = within(screen.getByRole('group', { name: group }))
  const said = map.getByRole('alert').textContent ?? ''
  for (const words of ofMap) expect(said).toMatch(words)
})

test('what only programs send stays as it is, below the form', async () => {
  stubServer({})
  const { mistakes: _, code: __, values: ___, ...plain } = { ...refused, parameter: 'lines', detail: 'too many lines' }
  renderAlone(<ParserForm draft={emptyDraft} problem={plain} onDraft={() => {}} />)
  expect((await screen.findByRole('alert')).textContent).toBe('too many lines')
})
