/** A source whose newest record is older than what is kept says that its records go; any other says nothing. */
import { cleanup, screen } from '@testing-library/react'
import { afterEach, expect, test, vi } from 'vitest'
import { chooseLanguage } from '~/i18n'
import { renderAlone, stubServer } from '~/testing'
import { Outlived } from './SourceDetail'

const day = 86_400
const ago = (days: number) => new Date(Date.now() - days * day * 1000).toISOString()

afterEach(async () => {
  cleanup()
  vi.unstubAllGlobals()
  await chooseLanguage('en')
})

test.each([
  ['en', /older than what is kept \(30\sd\): they are removed/],
  ['zh', /都早于保留期限（30\s天）/],
] as const)('%s: of a log of months ago it is told', async (lang, words) => {
  await chooseLanguage(lang)
  stubServer({ retention: { age_seconds: 30 * day, size_bytes: null } })
  renderAlone(<Outlived last={ago(90)} />)
  expect(await screen.findByText(words)).toBeTruthy()
})

test('a source that is kept, and one without records, say nothing', async () => {
  stubServer({ retention: { age_seconds: 30 * day, size_bytes: null } })
  renderAlone(
    <>
      <Outlived last={ago(2)} />
      <Outlived last={null} />
      <Outlived last={ago(31)} />
    </>,
  )
  expect(await screen.findAllByText(/older than what is kept/)).toHaveLength(1)
})
