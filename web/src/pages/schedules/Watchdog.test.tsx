/** What the watchdog says, in both languages: what is wrong, since when, and what would be right. */
import { cleanup, screen } from '@testing-library/react'
import { afterEach, expect, test } from 'vitest'
import type { WatchdogNote } from '~/api/runs'
import { startLanguage } from '~/i18n'
import { renderAlone } from '~/testing'
import { Watchdog } from './Watchdog'

afterEach(() => startLanguage('en'))

/** Of something twelve minutes ago; times of day are told as 06:38. */
async function told(reason: WatchdogNote['reason'], lang: 'en' | 'zh') {
  await startLanguage(lang)
  const at = new Date(Date.now() - 12.4 * 60_000).toISOString()
  renderAlone(<Watchdog note={{ reason, at, limit_ms: 600_000, text: 'for terminals' }} />)
  const text = (await screen.findByRole('paragraph')).textContent
  cleanup()
  return text
    ?.replace(/\s/gu, ' ')
    .replace(/(\d\d-\d\d )?\d\d:\d\d(:\d\d)?/u, '06:38')
    .trim()
}

test.each([
  [
    'not_started',
    'Watchdog: the run that was due at 06:38, 12 min ago, has not started.',
    '看门狗： 应于 06:38 运行，至今 12 分钟仍未开始。',
  ],
  ['no_next', 'Watchdog: it is on, and will never be due.', '看门狗： 已启用，但没有下次运行时间。'],
  ['missed', 'Watchdog: the run that was due at 06:38 was missed.', '看门狗： 错过了应于 06:38 的运行。'],
  [
    'too_long',
    'Watchdog: a run has been working for 12 min, since 06:38; it should take at most 10 min.',
    '看门狗： 有一次运行自 06:38 起已持续 12 分钟，最长应为 10 分钟。',
  ],
] as const)('%s', async (reason, en, zh) => {
  expect([await told(reason, 'en'), await told(reason, 'zh')]).toEqual([en, zh])
})
