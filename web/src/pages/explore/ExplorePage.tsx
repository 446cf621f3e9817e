/** How a value moved: one field of a monitor over time, split by what it calls, and the same as a table. */
import { Select } from '@mantine/core'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import type { Schemas } from '~/api/client'
import { useApi } from '~/api/useApi'
import { useFormat } from '~/format/useFormat'
import { Chart } from '~/parts/Chart'
import { CompletenessPill, summed } from '~/parts/Completeness'
import { type ChartModel, incompleteAreas } from '~/parts/chartModel'
import { EmptyRange } from '~/parts/Messages'
import { ModuleSwatch } from '~/parts/Names'
import { PageLayout } from '~/parts/PageLayout'
import { Panel } from '~/parts/Panel'
import { moduleMark } from '~/theme/tokens'
import { useScheme } from '~/theme/useTokens'
import { useRange } from '~/time/useRange'
import { byName } from './series'

type Monitor = Schemas['Monitors']['monitors'][number]

export function ExplorePage() {
  const { t } = useTranslation('explore')
  const search = useSearch({ from: '/explore' })
  const navigate = useNavigate({ from: '/explore' })
  const monitors = useApi('/api/v1/monitors', { still: true })
  const all = monitors.data?.monitors ?? []
  const monitor = all.find(({ name }) => name === search.monitor) ?? all[0]
  const field = search.field ?? monitor?.fields[0]
  return (
    <PageLayout
      filterBar={
        <>
          <Select
            aria-label={t('monitor')}
            data={all.map(({ name }) => name)}
            value={monitor?.name ?? null}
            allowDeselect={false}
            onChange={(name) =>
              void navigate({ search: (before) => ({ ...before, monitor: name ?? undefined, field: undefined }) })
            }
          />
          <Select
            aria-label={t('field')}
            data={monitor?.fields ?? []}
            value={field ?? null}
            allowDeselect={false}
            onChange={(name) => void navigate({ search: (before) => ({ ...before, field: name ?? undefined }) })}
          />
        </>
      }
    >
      {monitor && field ? (
        <Series monitor={monitor} field={field} />
      ) : (
        <Panel reading={monitors}>{() => <EmptyRange />}</Panel>
      )}
    </PageLayout>
  )
}

function Series({ monitor, field }: { monitor: Monitor; field: string }) {
  const { t } = useTranslation('explore')
  const format = useFormat()
  const scheme = useScheme()
  const { query, from, to, step } = useRange()
  const column = monitor.by.includes('target_module') ? 'target_module' : (monitor.by[0] ?? 'target_module')
  const fields = useApi('/api/v1/fields', { still: true })
  const reading = useApi('/api/v1/rollups', {
    query: { ...query, monitor: monitor.name, by: [column], step: `${step}s`, limit: 100_000 },
  })
  const measured = fields.data?.fields.find(({ name }) => name === field) ?? { name: field }
  const value = format.field(measured, 'avg')
  const lines = useMemo(() => (reading.data ? byName(reading.data, column, field) : []), [reading.data, column, field])
  const names = lines.map(({ name }) => name)
  const limits = monitor.thresholds.filter((threshold) => threshold.field === field && threshold.aggregate === 'avg')
  const model: ChartModel = {
    kind: 'line',
    from,
    to,
    series: lines.map(({ name, points }) => ({ name, points, ...moduleMark(name, names, scheme) })),
    thresholds: limits.flatMap(({ condition, title }) =>
      'above' in condition ? [{ label: title, value: condition.above }] : [],
    ),
    incomplete: incompleteAreas(reading.data?.completeness ?? [], step, (share) =>
      t('complete', { ns: 'common', share: format.share(share) }),
    ),
  }
  const title = t('title', { aggregate: t('aggregate.avg', { ns: 'common' }), field })
  return (
    <Panel
      reading={reading}
      title={title}
      note={t('bucket', { step: format.duration(step * 1000, { trim: true }) })}
      actions={<CompletenessPill completeness={summed(reading.data?.completeness ?? [])} />}
      isEmpty={({ rows }) => rows.length === 0}
      empty={<EmptyRange title={t('empty')} />}
    >
      {() => (
        <>
          <Chart model={model} value={value} label={title} />
          <table className="data">
            <caption className="secondary">{t('table')}</caption>
            <thead>
              <tr>
                <th>{column}</th>
                <th className="number">{t('latest')}</th>
                <th className="number">{t('calls')}</th>
              </tr>
            </thead>
            <tbody>
              {lines.map(({ name, points, records }) => (
                <tr key={name}>
                  <td>
                    <ModuleSwatch name={name} among={names} />
                  </td>
                  <td className="number">{value(points.findLast(([, at]) => at !== null)?.[1] ?? null)}</td>
                  <td className="number">{format.count(records)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </>
      )}
    </Panel>
  )
}
