/** A refusal and a notice of the server are read in the language of the interface; what bears no code stays as it came. */
import { screen } from '@testing-library/react'
import { afterEach, expect, test } from 'vitest'
import { ApiError, type Problem } from '~/api/client'
import { ErrorPanel } from '~/parts/Messages'
import { renderAlone } from '~/testing'
import { chooseLanguage } from './index'
import { useTold } from './told'

const unknown: Problem = {
  type: 'about:blank',
  title: 'Bad Request',
  status: 400,
  detail: 'unknown monitor `serch`, did you mean `search`?',
  fix: 'use one of search, order',
  code: 'unknown_name',
  values: { what: 'monitor', name: 'serch', known: 'search, order' },
}
const { code: _, values: __, ...uncoded } = unknown

const waiting = {
  message: 'the store of runs is away; 2 triggers wait for it',
  code: 'triggers_wait',
  values: { count: '2' },
} as const

function Waiting() {
  return <p>{useTold().notice(waiting)}</p>
}

afterEach(() => chooseLanguage('en'))

test.each([
  ['en', unknown, 'unknown monitor `serch`, did you mean `search`?', 'use one of search, order'],
  ['zh', unknown, '没有名为“serch”的监视器。', '可用的有：search, order'],
  ['zh', uncoded, 'unknown monitor `serch`, did you mean `search`?', 'use one of search, order'],
] as const)('%s', async (lang, problem, detail, fix) => {
  await chooseLanguage(lang)
  renderAlone(<ErrorPanel error={new ApiError('GET /api/v1/graph', 400, problem)} />)
  expect(await screen.findByText(detail)).toBeTruthy()
  expect(screen.getByText(new RegExp(fix))).toBeTruthy()
})

const unfit: Problem = {
  type: 'about:blank',
  title: 'Unprocessable Entity',
  status: 422,
  detail: 'the monitor cannot be used as it is',
  fix: 'mend each of the mistakes',
  code: 'monitor_mistakes',
  values: {},
  mistakes: [
    {
      path: 'by[1]',
      message: 'unknown column `target_modul`',
      fix: 'did you mean `target_module`?',
      code: 'unknown_near',
      values: { name: 'target_modul', near: 'target_module', what: 'column' },
    },
    { path: 'where', message: 'a mistake that only programs make' },
  ],
}

test.each([
  ['en', 'unknown column `target_modul`; did you mean `target_module`?'],
  ['zh', '没有名为“target_modul”的列。是不是想写“target_module”？'],
] as const)('the mistakes of a document in %s, each with what to write instead', async (lang, words) => {
  await chooseLanguage(lang)
  renderAlone(<ErrorPanel error={new ApiError('POST /api/v1/monitors', 422, unfit)} />)
  expect(await screen.findByText(words)).toBeTruthy()
  expect(screen.getByText('a mistake that only programs make')).toBeTruthy()
})

test.each([
  ['en', waiting.message],
  ['zh', '运行的存储暂时不可用；有 2 个触发在等待。'],
] as const)('a notice in %s', async (lang, words) => {
  await chooseLanguage(lang)
  renderAlone(<Waiting />)
  expect(await screen.findByText(words)).toBeTruthy()
})
