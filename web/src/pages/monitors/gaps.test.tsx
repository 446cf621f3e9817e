/** A monitor that cannot be saved yet says what it lacks, in the reader's language. */
import { cleanup, screen } from '@testing-library/react'
import { afterEach, expect, test } from 'vitest'
import { chooseLanguage } from '~/i18n'
import { renderAlone } from '~/testing'
import { emptyDraft, emptyThreshold, missing } from './draft'
import { Gaps } from './MonitorEditor'

afterEach(async () => {
  cleanup()
  await chooseLanguage('en')
})

const unlimited = { ...emptyDraft, by: [], thresholds: [emptyThreshold, emptyThreshold] }

test.each([
  ['en', unlimited, '', 'Still missing: Name, Dimensions, Limit, Your name'],
  ['zh', unlimited, '', '还缺：名称、维度、阈值、您的姓名'],
  ['zh', { ...emptyDraft, name: 'slow' }, ' ', '还缺：您的姓名'],
] as const)('%s', async (lang, draft, who, words) => {
  await chooseLanguage(lang)
  renderAlone(<Gaps gaps={missing(draft)} who={who} />)
  expect(await screen.findByText(words)).toBeTruthy()
})
