/** The newest records behind an edge, down to host, file and offset of the raw line; those that prove its alert first. */
import { SegmentedControl } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useApi } from '~/api/useApi'
import { useFormat } from '~/format/useFormat'
import { useTold } from '~/i18n/told'
import { LevelBadge } from '~/parts/Badges'
import type { LogRecord } from '~/parts/LogList'
import { LoadingBar } from '~/parts/Panel'
import { useHand, useHeld } from '~/parts/useHeld'
import { useRange } from '~/time/useRange'
import styles from '../map.module.css'
import { lineOf } from '../words'

interface LatestRecordsProps {
  dimensions: Readonly<Record<string, string>>
  records: number
  /** Which of them an alert is made of; null without one. */
  proof: string | null
}

const most = 5

/** Host, the end of the path, offset: what tells a line from others; all of it is in the title. */
function origin({ host, file, offset }: LogRecord): string {
  const parts = (file ?? '').split('/').filter(Boolean)
  const path = parts.length > 2 ? `…/${parts.slice(-2).join('/')}` : (file ?? '')
  return `${host ?? ''} ${path}${offset === undefined ? '' : `:${offset}`}`.trim()
}

export function LatestRecords({ dimensions, records, proof }: LatestRecordsProps) {
  const { t } = useTranslation('map')
  const told = useTold()
  const format = useFormat()
  const { query } = useRange()
  const [chosen, setChosen] = useState<'troubled' | 'all' | null>(null)
  const line = lineOf(dimensions)
  const troubled = useApi('/api/v1/records', {
    query: { ...query, q: `${line} ${proof ?? 'severity>=warn'}`.trim(), limit: most },
  })
  // What fires is told before the range moves on to its records: they are waited for, and not other ones shown in their place.
  const none = proof === null && troubled.data !== undefined && troubled.data.records.length === 0
  const mode = chosen ?? (none ? 'all' : 'troubled')
  const all = useApi('/api/v1/records', {
    query: { ...query, ...(line ? { q: line } : {}), limit: most },
    enabled: mode === 'all',
  })
  const reading = mode === 'all' ? all : troubled
  const rows = reading.data?.records ?? []
  return (
    <section className={styles.part} aria-busy={reading.busy}>
      <LoadingBar on={reading.first} />
      <h2>
        {t('latest')}
        <Link to="/records" search={{ q: line }}>
          {t('allRecords', { n: format.count(records) })}
        </Link>
      </h2>
      <SegmentedControl
        size="xs"
        aria-label={t('latest')}
        value={mode}
        onChange={(value) => setChosen(value === 'all' ? 'all' : 'troubled')}
        data={[
          { value: 'troubled', label: proof === null ? t('troubled') : t('proof') },
          { value: 'all', label: t('allKinds') },
        ]}
      />
      {rows.length === 0 && reading.data && <p className="secondary">{t('noRecords')}</p>}
      {reading.error && !reading.data && <p className="secondary">{told.error(reading.error)}</p>}
      <Rows key={`${mode} ${line}`} records={rows} line={line} />
    </section>
  )
}

/** A refresh does not put another record under the hand that is about to open one. */
function Rows({ records, line }: { records: readonly LogRecord[]; line: string }) {
  const format = useFormat()
  const { isOn, hand } = useHand()
  return (
    <ul className={styles.records} {...hand}>
      {useHeld(records, isOn).map((record) => (
        <li key={record.id} data-level={record.severity}>
          <Link to="/records" search={{ q: line, record: record.id }}>
            {record.severity ? <LevelBadge level={record.severity} /> : <span className="secondary">–</span>}
            <span className="raw cut">{record.message ?? ''}</span>
            <time className="secondary" dateTime={record.time}>
              {format.seconds(record.time)}
            </time>
            <span className={styles.origin} title={`${record.host ?? ''} ${record.file ?? ''}:${record.offset ?? ''}`}>
              {origin(record)}
            </span>
          </Link>
        </li>
      ))}
    </ul>
  )
}
