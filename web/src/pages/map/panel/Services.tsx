/** The busiest services between the two ends, where the monitor itself does not tell them apart. */
import { useTranslation } from 'react-i18next'
import { useApi } from '~/api/useApi'
import { useRange } from '~/time/useRange'
import styles from '../map.module.css'
import { type Wording, writer } from '../model/labels'
import { filterOf } from './useSeries'

interface ServicesProps {
  dimensions: Readonly<Record<string, string>>
  wording: Wording
  /** Limits of the monitor's `where`, so that the same calls are counted. */
  where: Readonly<Record<string, readonly string[]>>
}

const most = 6

export function Services({ dimensions, wording, where }: ServicesProps) {
  const { t } = useTranslation('map')
  const { query, from, to } = useRange()
  const base = ['source', 'source_module', 'service', 'target', 'target_module']
  const columns = [...new Set(['service', ...Object.keys(dimensions), ...Object.keys(where)])].filter((column) =>
    base.includes(column),
  )
  const limits = Object.fromEntries(Object.entries(where).map(([column, values]) => [column, [...values]]))
  const { data } = useApi('/api/v1/rollups', {
    query: { ...query, ...limits, ...filterOf(dimensions), by: columns, step: 'total', limit: 5000 },
    enabled: !('service' in dimensions),
  })
  if (!data) return null
  const field = wording.fields[0]
  const aggregate = field?.aggregates[0]
  const sums = new Map<string, { records: number; value: number | null }>()
  for (const row of data.rows) {
    const name = String(row.service ?? '(unknown)')
    const before = sums.get(name)
    const told = (field && aggregate ? (row.fields[field.name]?.[aggregate as 'avg'] ?? null) : null) as number | null
    // One row per service in almost every case; of several the greater is told, never an average of averages.
    sums.set(name, {
      records: (before?.records ?? 0) + row.records,
      value: before ? Math.max(before.value ?? 0, told ?? 0) : told,
    })
  }
  const rows = [...sums].sort(([, a], [, b]) => b.records - a.records)
  if (rows.length === 0) return null
  const seconds = (to - from) / 1000
  return (
    <section className={styles.part}>
      <h2>
        {t('topServices')}
        <span className="secondary">{field ? `${t('callsWord')} · ${field.name}` : t('callsWord')}</span>
      </h2>
      <ul className={styles.services}>
        {rows.slice(0, most).map(([name, { records, value }]) => (
          <li key={name}>
            <span className="raw cut" title={name}>
              {name}
            </span>
            <span className="number secondary">{wording.format.rate(records / seconds)}</span>
            <b className="number">{field && aggregate ? writer(field.name, aggregate, wording)(value) : ''}</b>
          </li>
        ))}
      </ul>
      {rows.length > most && (
        <p className="secondary">
          {t('moreServices', { count: rows.length - most, n: wording.format.count(rows.length - most) })}
        </p>
      )}
    </section>
  )
}
