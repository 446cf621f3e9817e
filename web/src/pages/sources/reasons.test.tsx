/** Reasons are told in the reader's language, and are those that the server gives. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { render, screen } from '@testing-library/react'
import { expect, test } from 'vitest'
import { chooseLanguage } from '~/i18n'
import english from '~/i18n/en/sources.json'
import { useReasons } from './reasons'

const crates = join(import.meta.dirname, '../../../../crates')

function Told() {
  const told = useReasons()
  return <p>{[told.unparsed('time not understood'), told.unparsed('no customer'), told.refused('slow')].join(' ')}</p>
}

test('in Chinese; what a user wrote stays', async () => {
  await chooseLanguage('zh')
  render(<Told />)
  expect(screen.getByText('时间无法识别 no customer 过慢')).toBeTruthy()
  await chooseLanguage('en')
})

test('every reason of the server has its words', () => {
  const unparsed = readFileSync(join(crates, 'pipeline/src/normalise/values.rs'), 'utf8')
  const reasons = [...unparsed.matchAll(/pub const \w+: Self = Self\("([^"]+)"\)/g)].map(([, words]) => words)
  expect(Object.values(english.unparsedReason).sort()).toEqual(reasons.sort())
  const traffic = readFileSync(join(crates, 'collect/src/receive/traffic.rs'), 'utf8')
  const names = [...traffic.matchAll(/Self::\w+ => "(\w+)"/g)].map(([, name]) => name)
  expect(Object.keys(english.refusedReason).sort()).toEqual([...new Set(names)].sort())
})
