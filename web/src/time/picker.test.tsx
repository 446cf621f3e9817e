/** The picker of a young store: the name of the default range, and since when there are data; a chosen range stays as chosen. */
import { act, cleanup, screen } from '@testing-library/react'
import { afterEach, expect, test } from 'vitest'
import { chooseLanguage } from '~/i18n'
import { renderAlone } from '~/testing'
import { getClock, setDataSince } from './clock'
import { TimePicker } from './TimePicker'

afterEach(async () => {
  cleanup()
  act(() => setDataSince(null))
  await chooseLanguage('en')
})

const picker = () => <TimePicker opened={false} onOpen={() => {}} short={false} />

test.each([
  ['en', /Last 1\sh\s+data since \d\d:\d\d/],
  ['zh', /最近 1 小时\s+数据始于 \d\d:\d\d/],
] as const)('%s', async (lang, words) => {
  await chooseLanguage(lang)
  act(() => setDataSince(getClock().now - 60_000))
  renderAlone(picker())
  expect((await screen.findByText(/Last|最近/)).closest('button')?.textContent).toMatch(words)
})

test('with data of more than an hour it says its ends', async () => {
  act(() => setDataSince(getClock().now - 7_200_000))
  renderAlone(picker())
  expect((await screen.findByText(/Last/)).closest('button')?.textContent).toMatch(/\d\d:\d\d – \d\d:\d\d/)
})
