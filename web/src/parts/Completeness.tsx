/**
 * How complete a number is: nothing at 100 % of lines that came one by one, else a dashed pill whose popover tells what is missing,
 * and what came as counts of agents.
 */
import { Popover } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import type { Schemas } from '~/api/client'
import { useFormat } from '~/format/useFormat'
import styles from './parts.module.css'

type Completeness = Schemas['Completeness']

/** One completeness for several buckets: counts are summed; the share weighs each bucket by its lines. */
export function summed(all: readonly Completeness[]): Completeness | null {
  const [first] = all
  if (!first) return null
  let [lines, understood, missing] = [0, 0, 0]
  const sum = { ...first, parsed: 0, unparsed: 0, late: 0, dropped: 0, from_agent: 0 }
  for (const each of all) {
    const weight = Math.max(1, each.parsed + each.unparsed + each.dropped)
    lines += weight
    understood += weight * each.share
    for (const name of ['parsed', 'unparsed', 'late', 'dropped', 'from_agent'] as const) sum[name] += each[name]
    if (each.expected - each.reporting > missing) {
      missing = each.expected - each.reporting
      sum.expected = each.expected
      sum.reporting = each.reporting
    }
    if (each.watermark > sum.watermark) sum.watermark = each.watermark
  }
  return { ...sum, share: lines === 0 ? 1 : understood / lines }
}

export function CompletenessPill({ completeness }: { completeness: Completeness | null | undefined }) {
  const { t } = useTranslation()
  const format = useFormat()
  if (!completeness || (completeness.share >= 1 && !completeness.from_agent)) return null
  const { share, reporting, expected, watermark } = completeness
  const lines = (['unparsed', 'late', 'dropped', 'from_agent'] as const).filter((name) => completeness[name] > 0)
  return (
    <Popover width={260} position="bottom-end" withinPortal>
      <Popover.Target>
        <button type="button" className={styles.pill}>
          {share < 1 ? t('complete', { share: format.share(share) }) : t('completeness.counted')}
        </button>
      </Popover.Target>
      <Popover.Dropdown>
        <strong>{t(share < 1 ? 'completeness.title' : 'completeness.countedTitle')}</strong>
        <ul className={styles.facts}>
          <li>
            {t('completeness.reporting', { reporting: format.count(reporting), expected: format.count(expected) })}
          </li>
          {lines.map((name) => {
            const count = completeness[name]
            return <li key={name}>{t(`completeness.${name}`, { count, amount: format.count(count) })}</li>
          })}
          <li>{t('completeness.watermark', { time: format.seconds(watermark) })}</li>
          <li>
            <Link to="/sources">{t('completeness.toSources')}</Link>
          </li>
        </ul>
      </Popover.Dropdown>
    </Popover>
  )
}
