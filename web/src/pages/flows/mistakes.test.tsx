/** What is wrong with a flow's document is told in the reader's language, below its source and where publishing was refused. */
import { cleanup, screen } from '@testing-library/react'
import { afterEach, expect, test, vi } from 'vitest'
import { ApiError, type Problem } from '~/api/client'
import type { Flow, Validation } from '~/api/runs'
import { chooseLanguage } from '~/i18n'
import { ErrorPanel } from '~/parts/Messages'
import { renderAlone, stubServer } from '~/testing'
import { FlowState } from './FlowState'
import { SourcePane } from './SourcePane'

const unknownKey = {
  message: 'unknown key `sett`, did you mean `set`?',
  code: 'unknown_near',
  values: { name: 'sett', near: 'set', what: 'key' },
} as const

const unfitKind = {
  message: 'a number stands here; write a text or a mapping (`key: value` lines)',
  code: 'kind_unfit',
  values: { kind: 'a number', wanted: 'a text or a mapping (`key: value` lines)' },
} as const

const inChinese = '没有名为“sett”的键。是不是想写“set”？'

const validation: Validation = {
  valid: false,
  problems: [
    { line: 7, column: null, pointer: '/do/0/a/sett', severity: 'error', ...unknownKey },
    { line: 9, column: null, pointer: '/do/1/b', severity: 'error', ...unfitKind },
  ],
  flow: null,
  diagram: null,
  due: [],
  transitions: [],
}

const refused: Problem = {
  type: 'about:blank',
  title: 'Unprocessable Entity',
  status: 422,
  detail: `the flow cannot be used as it is: ${unknownKey.message}`,
  fix: 'mend each of the mistakes',
  code: 'flow_mistakes',
  values: {},
  mistakes: [{ line: 7, path: '/do/0/a/sett', ...unknownKey }],
}

afterEach(async () => {
  cleanup()
  vi.unstubAllGlobals()
  await chooseLanguage('en')
})

test.each([
  ['en', unknownKey.message, unfitKind.message],
  ['zh', inChinese, '这里是数字。应当写文本或对象（“键: 值”的行）。'],
] as const)('below the source, in %s', async (lang, first, second) => {
  await chooseLanguage(lang)
  stubServer({})
  renderAlone(<SourcePane source={'document:\n'} validation={validation} />)
  const list = await screen.findByRole('list')
  expect(list.textContent).toContain(first)
  expect(list.textContent).toContain(second)
})

test.each([
  ['en', `line 7: ${unknownKey.message}`],
  ['zh', `第 7 行：${inChinese}`],
] as const)('where publishing is refused, in %s', async (lang, words) => {
  await chooseLanguage(lang)
  renderAlone(<ErrorPanel error={new ApiError('PUT /api/v1/flows/a.b', 422, refused)} />)
  const said = (await screen.findByRole('alert')).textContent ?? ''
  expect(said.split(words)).toHaveLength(2)
  expect(said.split(unknownKey.message).length, 'the sentence of the server does not tell it once more').toBeLessThan(3)
})

test('and at a flow of the list whose newest document could not be published', async () => {
  await chooseLanguage('zh')
  const flow = { kind: 'flow', enabled: true, published: 1, draft: null, problem: { line: 7, ...unknownKey } }
  renderAlone(<FlowState flow={flow as unknown as Flow} />)
  expect(await screen.findByTitle(inChinese)).toBeTruthy()
})
