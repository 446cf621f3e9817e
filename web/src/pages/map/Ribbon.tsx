/**
 * The time below the picture: volume by bars, alerts as a lane above them, gaps and incomplete buckets hatched. A drag
 * sets the range of all pages; play runs the range through the picture, bar by bar.
 */
import { ActionIcon } from '@mantine/core'
import { IconPlayerPause, IconPlayerPlay, IconX } from '@tabler/icons-react'
import { type PointerEvent, useMemo, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useApi } from '~/api/useApi'
import { useFormat } from '~/format/useFormat'
import type { Span } from '~/time/range'
import { useRange } from '~/time/useRange'
import styles from './map.module.css'
import { toneAt } from './model/alerts'
import type { ApiAlert } from './model/graph'
import type { MapData } from './useMapData'
import type { Replay } from './useReplay'

interface Bar extends Span {
  records: number | null
  complete: boolean
  tone: 'firing' | 'pending' | null
}

const most = 90
const height = 34

function useBars({ question, alerts }: Pick<MapData, 'question' | 'alerts'>): { bars: Bar[]; step: number } {
  const { from, to, query, step } = useRange()
  const seconds = Math.max(step, Math.ceil((to - from) / 1000 / most / step) * step)
  const { data } = useApi('/api/v1/rollups', { query: { ...query, ...question, by: [''], step: `${seconds}s` } })
  const bars = useMemo(() => {
    const length = (data?.step_seconds ?? seconds) * 1000
    const sums = new Map<number, number>()
    for (const { bucket, records } of data?.rows ?? []) {
      const at = Date.parse(bucket ?? '')
      sums.set(at, (sums.get(at) ?? 0) + records)
    }
    return (data?.completeness ?? []).map(({ bucket, share, reporting }): Bar => {
      const at = Date.parse(bucket)
      const records = sums.get(at) ?? (reporting === 0 ? null : 0)
      return { from: at, to: at + length, records, complete: share >= 1, tone: toneIn(alerts, at, at + length) }
    })
  }, [data, alerts, seconds])
  return { bars, step: seconds }
}

/** The worst state in a bar: at its end, or anything that fired within. */
function toneIn(alerts: readonly ApiAlert[], from: number, to: number): 'firing' | 'pending' | null {
  let worst: 'firing' | 'pending' | null = null
  for (const alert of alerts) {
    const [fired, ended] = [Date.parse(alert.fired ?? ''), Date.parse(alert.resolved ?? '')]
    if (fired < to && !(ended <= from)) return 'firing'
    if (toneAt(alert, to) === 'pending') worst = 'pending'
  }
  return worst
}

interface RibbonProps {
  data: MapData
  replay: Replay
}

export function Ribbon({ data, replay }: RibbonProps) {
  const { t } = useTranslation('map')
  const format = useFormat()
  const { from, to, zoomTo } = useRange()
  const { bars, step } = useBars(data)
  const [drag, setDrag] = useState<{ from: number; to: number } | null>(null)
  const lane = useRef<HTMLDivElement>(null)
  const [first, last] = [bars[0]?.from ?? from, bars.at(-1)?.to ?? to]
  const top = Math.max(1, ...bars.map(({ records }) => records ?? 0))
  const share = (at: number) => ((at - first) / (last - first)) * 100
  const moment = (event: PointerEvent) => {
    const box = lane.current?.getBoundingClientRect()
    if (!box) return first
    return first + Math.min(1, Math.max(0, (event.clientX - box.left) / box.width)) * (last - first)
  }
  const shown = replay.frame ?? { from: bars.at(-1)?.from ?? to, to: last }
  const ticks = useTicks(first, last)
  const active = replay.frame !== null
  return (
    <section className={styles.ribbon} aria-label={t('ribbon')}>
      <ActionIcon
        aria-label={replay.playing ? t('pause') : t('play')}
        onClick={() => replay.toggle(bars)}
        disabled={bars.length === 0}
      >
        {replay.playing ? <IconPlayerPause size={14} /> : <IconPlayerPlay size={14} />}
      </ActionIcon>
      <div
        ref={lane}
        className={styles.lane}
        role="slider"
        tabIndex={0}
        aria-label={t('moment')}
        aria-valuemin={first}
        aria-valuemax={last}
        aria-valuenow={shown.from}
        aria-valuetext={`${format.seconds(shown.from)} – ${format.seconds(shown.to)}`}
        onKeyDown={(event) => {
          const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key]
          if (by === undefined) return
          event.preventDefault()
          replay.step(bars, by)
        }}
        onPointerDown={(event) => {
          event.currentTarget.setPointerCapture(event.pointerId)
          setDrag({ from: moment(event), to: moment(event) })
        }}
        onPointerMove={(event) => {
          if (drag && event.currentTarget.hasPointerCapture(event.pointerId)) setDrag({ ...drag, to: moment(event) })
        }}
        onPointerUp={(event) => {
          if (!drag) return
          const end = moment(event)
          setDrag(null)
          if (Math.abs(share(end) - share(drag.from)) > 1) {
            replay.stop()
            zoomTo(drag.from, end)
          } else if (active) replay.show(bars.find((bar) => bar.from <= end && end < bar.to) ?? null)
        }}
        onPointerCancel={() => setDrag(null)}
      >
        <svg
          width="100%"
          height={height + 12}
          preserveAspectRatio="none"
          viewBox={`0 0 1000 ${height + 12}`}
          aria-hidden
        >
          <defs>
            <pattern id="ribbon-hatch" width="5" height="5" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
              <rect width="5" height="5" className={styles.hatchGround} />
              <line x1="0" x2="0" y1="0" y2="5" className={styles.hatchLine} />
            </pattern>
          </defs>
          {bars.map((bar) => {
            const [x, width] = [share(bar.from) * 10, Math.max(1, (share(bar.to) - share(bar.from)) * 10 - 2)]
            const tall =
              bar.records === null ? height : Math.max(bar.records > 0 ? 2 : 0.5, (bar.records / top) * height)
            const now = active && bar.from === shown.from
            return (
              <g key={bar.from} data-complete={bar.complete} data-now={now}>
                <rect
                  x={x}
                  y={12 + height - tall}
                  width={width}
                  height={tall}
                  className={bar.records === null ? styles.gap : bar.complete ? styles.bar : styles.barPart}
                />
                {bar.tone && (
                  <rect x={x} y={2} width={width} height={3} className={styles.alertMark} data-tone={bar.tone} />
                )}
              </g>
            )
          })}
        </svg>
        {active && (
          <span
            className={styles.cursor}
            style={{ left: `${share(shown.from)}%`, width: `${Math.max(0.4, share(shown.to) - share(shown.from))}%` }}
          />
        )}
        {drag && Math.abs(drag.to - drag.from) > 0 && (
          <span
            className={styles.dragged}
            style={{
              left: `${share(Math.min(drag.from, drag.to))}%`,
              width: `${Math.abs(share(drag.to) - share(drag.from))}%`,
            }}
          />
        )}
        <div className={styles.ticks} aria-hidden>
          {ticks.map((at) => (
            <span key={at} style={{ left: `${share(at)}%` }}>
              {format.tick(at, last - first, ticks)}
            </span>
          ))}
        </div>
      </div>
      <div className={styles.moment}>
        <b>{format.seconds(active ? shown.from : last)}</b>
        <span className="secondary">{t('buckets', { length: format.duration(step * 1000, { trim: true }) })}</span>
      </div>
      {active && (
        <ActionIcon variant="subtle" aria-label={t('endReplay')} onClick={replay.stop}>
          <IconX size={14} />
        </ActionIcon>
      )}
    </section>
  )
}

const lengths = [1, 5, 10, 15, 30]
  .map((seconds) => seconds * 1000)
  .concat(
    [1, 2, 5, 10, 15, 30].map((minutes) => minutes * 60_000),
    [1, 2, 3, 6, 12, 24, 48, 96, 168].map((hours) => hours * 3_600_000),
  )

/** Round moments, five to seven of them. */
function useTicks(from: number, to: number): number[] {
  return useMemo(() => {
    const step = lengths.find((length) => (to - from) / length <= 6) ?? 604_800_000
    const ticks: number[] = []
    for (let at = Math.ceil(from / step) * step; at < to; at += step)
      if ((at - from) / (to - from) < 0.96) ticks.push(at)
    return ticks
  }, [from, to])
}
