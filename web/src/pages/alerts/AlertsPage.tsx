/** What needs somebody, and since when: the alerts of now, or all of the range. */
import { SegmentedControl } from '@mantine/core'
import { IconCircleCheck } from '@tabler/icons-react'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import type { Schemas } from '~/api/client'
import { useApi } from '~/api/useApi'
import { useFormat } from '~/format/useFormat'
import { SeverityBadge, StateBadge } from '~/parts/Badges'
import { FieldList } from '~/parts/Filters'
import { Empty, EmptyRange } from '~/parts/Messages'
import { PageLayout } from '~/parts/PageLayout'
import { Panel } from '~/parts/Panel'
import { useClock } from '~/time/clock'
import { useRange } from '~/time/useRange'

type Alert = Schemas['Alert']

export function AlertsPage() {
  const { t } = useTranslation('alerts')
  const { show, alert } = useSearch({ from: '/alerts' })
  const navigate = useNavigate({ from: '/alerts' })
  const { query } = useRange()
  const reading = useApi('/api/v1/alerts', { query: show ? { state: ['any'], ...query } : {} })
  const selected = reading.data?.alerts.find(({ id }) => id === alert)
  const select = (id: string | undefined) => void navigate({ search: (before) => ({ ...before, alert: id }) })
  return (
    <PageLayout
      filterBar={
        <SegmentedControl
          aria-label={t('show')}
          size="xs"
          value={show ?? 'now'}
          data={[
            { value: 'now', label: t('now') },
            { value: 'all', label: t('all') },
          ]}
          onChange={(value) =>
            void navigate({ search: (before) => ({ ...before, show: value === 'all' ? 'all' : undefined }) })
          }
        />
      }
      drawer={
        selected && {
          label: selected.field,
          head: <StateBadge state={selected.state} />,
          children: <AlertFacts alert={selected} />,
          onClose: () => select(undefined),
        }
      }
    >
      <Panel
        reading={reading}
        isEmpty={({ alerts }) => alerts.length === 0}
        empty={
          show ? (
            <EmptyRange />
          ) : (
            <Empty
              title={t('quiet')}
              hint={t('quietHint')}
              icon={<IconCircleCheck size={28} stroke={1.5} aria-hidden />}
            />
          )
        }
      >
        {({ alerts }) => <AlertTable alerts={alerts} selected={alert} onSelect={select} />}
      </Panel>
    </PageLayout>
  )
}

interface AlertTableProps {
  alerts: readonly Alert[]
  selected: string | undefined
  onSelect: (id: string) => void
}

function AlertTable({ alerts, selected, onSelect }: AlertTableProps) {
  const { t } = useTranslation('alerts')
  const format = useFormat()
  const { now } = useClock()
  const limit = useLimit()
  const value = useValue()
  return (
    <table className="data">
      <thead>
        <tr>
          <th>{t('state')}</th>
          <th>{t('what')}</th>
          <th>{t('monitor')}</th>
          <th className="number">{t('value')}</th>
          <th className="number">{t('limit')}</th>
          <th>{t('severity')}</th>
          <th className="number">{t('since')}</th>
          <th className="number">{t('complete')}</th>
        </tr>
      </thead>
      <tbody>
        {alerts.map((alert) => (
          <tr key={alert.id} data-selected={alert.id === selected}>
            <td>
              <StateBadge state={alert.state} />
            </td>
            <td>
              <button type="button" className="link" onClick={() => onSelect(alert.id)}>
                {Object.values(alert.dimensions).join(' › ') || '–'}
              </button>
            </td>
            <td>{alert.monitor}</td>
            <td className="number">{value(alert, alert.value)}</td>
            <td className="number">{limit(alert)}</td>
            <td>
              <SeverityBadge severity={alert.severity} />
            </td>
            <td className="number" title={format.fullTime(alert.since)}>
              {format.minutes(alert.since)} · {format.since(now - Date.parse(alert.since))}
            </td>
            <td className="number">{format.share(alert.complete)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}

function AlertFacts({ alert }: { alert: Alert }) {
  const { t } = useTranslation('alerts')
  const format = useFormat()
  const limit = useLimit()
  const value = useValue()
  const rows = [
    ...Object.entries(alert.dimensions).map(([column, text]) => ({ column, value: text })),
    { column: alert.field, value: String(alert.value ?? ''), shown: value(alert, alert.value) },
    { column: t('limit'), value: limit(alert) },
    { column: t('since'), value: alert.since, shown: format.fullTime(alert.since) },
    { column: t('complete'), value: String(alert.complete), shown: format.share(alert.complete) },
  ]
  return <FieldList rows={rows} />
}

/** Values of an alert, formatted by its field and aggregation. */
function useValue() {
  const format = useFormat()
  const { data } = useApi('/api/v1/fields', { still: true })
  return (alert: Alert, value: number | null, trim = false) => {
    const field = data?.fields.find(({ name }) => name === alert.field) ?? { name: alert.field }
    return format.field(field, alert.aggregate ?? 'count', { trim })(value)
  }
}

function useLimit() {
  const { t } = useTranslation('alerts')
  const value = useValue()
  return (alert: Alert) => {
    const { condition } = alert
    if ('above' in condition) return t('above', { limit: value(alert, condition.above, true) })
    if ('below' in condition) return t('below', { limit: value(alert, condition.below, true) })
    return t('new')
  }
}
