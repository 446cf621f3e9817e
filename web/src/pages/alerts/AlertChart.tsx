/** The alert's value around its time, its limit dashed, the time it fired marked; what is not complete is hatched. */
import { useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import { useApi } from '~/api/useApi'
import { frame } from '~/charts/frame'
import type { Hatch, TimeModel } from '~/charts/model'
import { TimeChart } from '~/charts/TimeChart'
import { useFormat } from '~/format/useFormat'
import { Empty } from '~/parts/Messages'
import { Panel } from '~/parts/Panel'
import { useTokens } from '~/theme/useTokens'
import { useRange } from '~/time/useRange'
import type { Alert } from './grouping'
import { limitOf, useAlertLimit, useAlertValue } from './words'

interface Point {
  bucket: string
  value?: number | null
  complete: number
}

/** Buckets that are not complete, as stretches. */
export function incomplete(points: readonly Point[], step: number): Hatch[] {
  return points
    .filter((point) => point.complete < 1)
    .map((point) => ({ from: Date.parse(point.bucket), to: Date.parse(point.bucket) + step }))
}

export function AlertChart({ alert }: { alert: Alert }) {
  const { t } = useTranslation('alerts')
  const reading = useApi('/api/v1/alerts/{id}/series', { path: { id: alert.id } })
  return (
    <Panel reading={reading} isEmpty={({ points }) => points.length === 0} empty={<Empty title={t('noSeries')} />}>
      {(series) => <Drawn alert={alert} points={series.points} step={series.step_seconds * 1000} />}
    </Panel>
  )
}

function Drawn({ alert, points, step }: { alert: Alert; points: readonly Point[]; step: number }) {
  const { t } = useTranslation('alerts')
  const format = useFormat()
  const colors = useTokens()
  const value = useAlertValue()
  const limit = useAlertLimit()
  const { zoomTo } = useRange()
  const words = limit(alert)
  const model = useMemo<TimeModel>(() => {
    const first = Date.parse(points[0]?.bucket ?? alert.since)
    const last = Date.parse(points.at(-1)?.bucket ?? alert.since) + step
    const top = limitOf(alert)
    return {
      kind: 'line',
      stacked: false,
      frame: frame(first, last, step),
      series: [
        {
          key: alert.field,
          name: alert.field,
          color: colors.text2,
          dash: [],
          values: points.map((point) => point.value ?? null),
        },
      ],
      limits: top === null ? [] : [{ label: words, value: top, side: 'below' in alert.condition ? 'below' : 'above' }],
      alerts: [
        {
          id: alert.id,
          from: Date.parse(alert.since),
          to: alert.resolved ? Date.parse(alert.resolved) : null,
          label: format.minutes(alert.since),
        },
      ],
      hatched: incomplete(points, step),
    }
  }, [alert, points, step, colors, words, format])
  return (
    <TimeChart
      model={model}
      label={t('trendOf', { field: alert.field })}
      value={(each) => value(alert, each)}
      height={180}
      ends={false}
      share={(index) => points[index]?.complete ?? null}
      onRange={zoomTo}
    />
  )
}
