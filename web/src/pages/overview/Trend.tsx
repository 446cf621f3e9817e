/**
 * Runs over time: at first try, after a retry, failed, standing on each other; a large success is a pale bar under a
 * cap, so that the little red on top is what is seen. A bar opens its runs, a drag sets the range of all pages.
 */
import { useElementSize } from '@mantine/hooks'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { type PointerEvent, useMemo, useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { RunsOverview } from '~/api/runs'
import { bucketAt, bucketStart, momentAt, plotIn, xOf } from '~/charts/frame'
import { axisTicks, valueScale } from '~/charts/scale'
import { useFormat } from '~/format/useFormat'
import shared from '~/parts/parts.module.css'
import { useRange } from '~/time/useRange'
import { runsOf } from './links'
import styles from './overview.module.css'
import { type TrendValues, trendValues } from './trend'

const height = 236
const margins = { left: 52, right: 16, top: 12, bottom: 26 }
const parts = ['firstTry', 'retried', 'failed'] as const

interface TrendProps {
  data: RunsOverview
  /** Length of a bar in seconds. */
  step: number
}

export function Trend({ data, step }: TrendProps) {
  const { t } = useTranslation('overview')
  const format = useFormat()
  const { from, to } = useRange()
  const unit = ({ 60: 'minute', 3600: 'hour', 86400: 'day' } as const)[step]
  const values = useMemo(() => trendValues(data.trend, from, to, step * 1000), [data.trend, from, to, step])
  return (
    <section className={styles.trend} aria-label={t('trend')}>
      <header>
        <h2>{unit ? t(`runsPerOne.${unit}`) : t('runsPer', { step: format.duration(step * 1000, { trim: true }) })}</h2>
        {parts.map((part) => (
          <span key={part} className={styles.legend} data-part={part}>
            <i aria-hidden /> {t(`part.${part}`)}
          </span>
        ))}
      </header>
      <Bars values={values} />
      <Table values={values} />
    </section>
  )
}

function Bars({ values }: { values: TrendValues }) {
  const { t } = useTranslation('overview')
  const format = useFormat()
  const search = useSearch({ from: '/overview' })
  const navigate = useNavigate()
  const { zoomTo } = useRange()
  const { ref, width } = useElementSize()
  const [drag, setDrag] = useState<{ from: number; to: number } | null>(null)
  const [hover, setHover] = useState<number | null>(null)
  const { frame } = values
  const plot = plotIn(width, height, margins)
  const tops = values.firstTry.map((first, at) => first + (values.retried[at] ?? 0) + (values.failed[at] ?? 0))
  const scale = valueScale(Math.max(1, ...tops), { whole: true })
  const y = (value: number) => plot.top + plot.height - (value / scale.max) * plot.height
  const offset = (event: PointerEvent) => event.clientX - event.currentTarget.getBoundingClientRect().left
  const open = (x: number) => {
    const at = bucketAt(frame, momentAt(frame, plot, x))
    if (at === null) return
    const from = new Date(bucketStart(frame, at)).toISOString()
    const to = new Date(bucketStart(frame, at + 1)).toISOString()
    void navigate({ to: '/runs', search: { ...runsOf(search), from, to } as never })
  }
  return (
    <div
      ref={ref}
      className={styles.bars}
      role="img"
      aria-label={t('trendLabel')}
      onPointerDown={(event) => {
        if (event.button !== 0) return
        event.currentTarget.setPointerCapture(event.pointerId)
        setDrag({ from: offset(event), to: offset(event) })
      }}
      onPointerMove={(event) => {
        setHover(bucketAt(frame, momentAt(frame, plot, offset(event))))
        if (drag) setDrag({ ...drag, to: offset(event) })
      }}
      onPointerLeave={() => setHover(null)}
      onPointerCancel={() => setDrag(null)}
      onPointerUp={() => {
        if (drag && Math.abs(drag.to - drag.from) > 4)
          zoomTo(momentAt(frame, plot, drag.from), momentAt(frame, plot, drag.to))
        else if (drag) open(drag.from)
        setDrag(null)
      }}
    >
      <svg width={width} height={height} aria-hidden>
        <Hatch />
        {scale.ticks.map((tick) => (
          <g key={tick}>
            <line x1={plot.left} x2={plot.left + plot.width} y1={y(tick)} y2={y(tick)} stroke="var(--line)" />
            <text x={plot.left - 8} y={y(tick) + 4} textAnchor="end" className={styles.tick}>
              {format.count(tick)}
            </text>
          </g>
        ))}
        {values.firstTry.map((_, at) => (
          <OneBar key={bucketStart(frame, at)} values={values} at={at} plot={plot} y={y} lit={hover === at} />
        ))}
        {axisTicks(frame, plot, margins.right, format.zone).map((at) => (
          <text key={at} x={xOf(frame, plot, at)} y={height - 6} textAnchor="middle" className={styles.tick}>
            {format.tick(at, frame.to - frame.from)}
          </text>
        ))}
      </svg>
      {drag && Math.abs(drag.to - drag.from) > 4 && (
        <span
          className={styles.drag}
          style={{ left: Math.min(drag.from, drag.to), width: Math.abs(drag.to - drag.from) }}
        />
      )}
      {hover !== null && !drag && (
        <Hovered values={values} at={hover} left={xOf(frame, plot, bucketStart(frame, hover))} width={width} />
      )}
    </div>
  )
}

function Hatch() {
  return (
    <defs>
      <pattern id="retried" width={5} height={5} patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
        <rect width={5} height={5} fill="var(--surface)" />
        <rect width={2.4} height={5} fill="var(--ok)" />
      </pattern>
    </defs>
  )
}

interface OneBarProps {
  values: TrendValues
  at: number
  plot: ReturnType<typeof plotIn>
  y: (value: number) => number
  lit: boolean
}

function OneBar({ values, at, plot, y, lit }: OneBarProps) {
  const { frame } = values
  const left = xOf(frame, plot, bucketStart(frame, at))
  const room = plot.width / frame.count
  const thick = Math.max(1, Math.min(28, room * 0.8))
  const x = left + (room - thick) / 2
  const [first, retried, failed] = [values.firstTry[at] ?? 0, values.retried[at] ?? 0, values.failed[at] ?? 0]
  // What is there is seen, however small: at least two pixels each.
  const tall = (value: number) => (value === 0 ? 0 : Math.max(2, y(0) - y(value)))
  const [a, b, c] = [tall(first), tall(retried), tall(failed)]
  const floor = y(0)
  return (
    <g opacity={lit ? 0.75 : 1}>
      {first > 0 && <rect x={x} y={floor - a} width={thick} height={a} className={styles.calm} />}
      {first > 0 && <rect x={x} y={floor - a} width={thick} height={Math.min(2, a)} fill="var(--ok-fill)" />}
      {retried > 0 && <rect x={x} y={floor - a - b} width={thick} height={b} fill="url(#retried)" />}
      {failed > 0 && <rect x={x} y={floor - a - b - c} width={thick} height={c} fill="var(--firing)" />}
    </g>
  )
}

interface HoveredProps {
  values: TrendValues
  at: number
  left: number
  width: number
}

function Hovered({ values, at, left, width }: HoveredProps) {
  const { t } = useTranslation('overview')
  const format = useFormat()
  const { frame } = values
  const [from, to] = [bucketStart(frame, at), bucketStart(frame, at + 1)]
  return (
    <div className={styles.hovered} style={left > width / 2 ? { right: width - left + 8 } : { left: left + 36 }}>
      <b>{`${format.dateMinutes(from)} – ${format.minutes(to)}`}</b>
      {parts.map((part) => (
        <span key={part} className={styles.legend} data-part={part}>
          <i aria-hidden /> {t(`part.${part}`)} {format.count(values[part][at])}
        </span>
      ))}
    </div>
  )
}

function Table({ values }: { values: TrendValues }) {
  const { t } = useTranslation('overview')
  const format = useFormat()
  return (
    <table className={shared.hidden}>
      <caption>{t('trend')}</caption>
      <tbody>
        {values.firstTry.map((_, at) => {
          const start = bucketStart(values.frame, at)
          return (
            <tr key={start}>
              <th scope="row">{format.dateMinutes(start)}</th>
              {parts.map((part) => (
                <td key={part}>{`${t(`part.${part}`)} ${format.count(values[part][at])}`}</td>
              ))}
            </tr>
          )
        })}
      </tbody>
    </table>
  )
}
