/**
 * The volume over time above the list: stacked bars by how bad the lines are, a sum of each that is a filter, and a drag
 * that sets the range of all pages. The same numbers stand in a table for those who do not see it.
 */
import { useElementSize } from '@mantine/hooks'
import { type PointerEvent, useMemo, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useFormat } from '~/format/useFormat'
import shared from '~/parts/parts.module.css'
import { DataSince } from '~/time/DataSince'
import { useRange } from '~/time/useRange'
import { timeTicks } from './scale'
import { type Band, type Bar, bands, heights, type Volume as VolumeModel } from './volume'
import styles from './volume.module.css'

const height = 52

interface VolumeProps {
  volume: VolumeModel
  /** The bands that the query line asks for. */
  chosen: readonly Band[]
  onBand: (band: Band) => void
}

export function Volume({ volume, chosen, onBand }: VolumeProps) {
  const { t } = useTranslation('charts')
  const format = useFormat()
  return (
    <section className={styles.volume} aria-label={t('volume.title')}>
      <div className={styles.sums}>
        <strong>{t('volume.count', { count: volume.total, n: format.count(volume.total) })}</strong>
        {bands.map((band) => (
          <button
            key={band}
            type="button"
            className={styles.sum}
            data-band={band}
            aria-pressed={chosen.includes(band)}
            onClick={() => onBand(band)}
          >
            <span className={styles.key} aria-hidden />
            {t(`volume.band.${band}`)} <b>{format.count(volume.totals[band])}</b>
          </button>
        ))}
        <DataSince first={volume.bars.find(({ total }) => total > 0)?.from ?? null} />
        <span className={styles.step}>
          {t('volume.perBar', { step: format.duration(volume.step, { trim: true }) })}
        </span>
      </div>
      <Bars volume={volume} />
      <Table volume={volume} />
    </section>
  )
}

/** Keeps the place of a volume that is not known yet. */
export function NoVolume() {
  return <div className={styles.volume} data-empty />
}

function Bars({ volume }: { volume: VolumeModel }) {
  const { t } = useTranslation('charts')
  const format = useFormat()
  const { from, to, zoomTo } = useRange()
  const { ref, width } = useElementSize()
  const [drag, setDrag] = useState<{ from: number; to: number } | null>(null)
  const [hover, setHover] = useState<number | null>(null)
  const x = (at: number) => ((at - from) / (to - from)) * width
  const moment = (px: number) => from + (Math.min(width, Math.max(0, px)) / Math.max(1, width)) * (to - from)
  const ticks = useMemo(
    () => timeTicks(from, to, format.zone, Math.max(2, Math.floor(width / 120))),
    [from, to, format.zone, width],
  )
  const offset = (event: PointerEvent) => event.clientX - event.currentTarget.getBoundingClientRect().left
  const hovered = hover === null ? undefined : volume.bars.find((bar) => bar.from <= hover && hover < bar.to)

  return (
    <div
      ref={ref}
      className={styles.bars}
      role="img"
      aria-label={t('volume.label', { n: format.count(volume.total) })}
      onPointerDown={(event) => {
        if (event.button !== 0) return
        event.currentTarget.setPointerCapture(event.pointerId)
        setDrag({ from: offset(event), to: offset(event) })
      }}
      onPointerMove={(event) => {
        setHover(moment(offset(event)))
        if (drag) setDrag({ ...drag, to: offset(event) })
      }}
      onPointerLeave={() => setHover(null)}
      onPointerCancel={() => setDrag(null)}
      onPointerUp={() => {
        if (drag && Math.abs(drag.to - drag.from) > 4) zoomTo(moment(drag.from), moment(drag.to))
        setDrag(null)
      }}
    >
      <svg width={width} height={height + 18} aria-hidden>
        {volume.bars.map((bar) => (
          <OneBar key={bar.from} bar={bar} most={volume.most} left={x(bar.from)} right={x(bar.to)} width={width} />
        ))}
        <line x1={0} x2={width} y1={height + 0.5} y2={height + 0.5} stroke="var(--line)" />
        {ticks.map((at) => (
          <text key={at} x={Math.min(width - 32, Math.max(0, x(at)))} y={height + 14} className={styles.tick}>
            {format.tick(at, to - from, ticks)}
          </text>
        ))}
      </svg>
      {drag && (
        <span
          className={styles.drag}
          style={{ left: Math.min(drag.from, drag.to), width: Math.abs(drag.to - drag.from) }}
        />
      )}
      {hovered && !drag && <Hovered bar={hovered} left={x((hovered.from + hovered.to) / 2)} width={width} />}
    </div>
  )
}

function Table({ volume }: { volume: VolumeModel }) {
  const { t } = useTranslation('charts')
  const format = useFormat()
  return (
    <table className={shared.hidden}>
      <caption>{t('volume.title')}</caption>
      <tbody>
        {volume.bars.map((bar) => (
          <tr key={bar.from}>
            <th scope="row">{format.seconds(bar.from)}</th>
            {bands.map((band) => (
              <td key={band}>{`${t(`volume.band.${band}`)} ${format.count(bar.counts[band])}`}</td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  )
}

interface OneBarProps {
  bar: Bar
  most: number
  left: number
  right: number
  width: number
}

function OneBar({ bar, most, left, right, width }: OneBarProps) {
  const [begin, end] = [Math.max(0, left), Math.min(width, right)]
  const thick = Math.max(1, end - begin - (right - left > 4 ? 1 : 0))
  const tall = heights(bar, most, height)
  let top = height
  return (
    <>
      {bands.map((band) => {
        if (tall[band] === 0) return null
        top -= tall[band]
        return <rect key={band} x={begin} y={top} width={thick} height={tall[band]} data-band={band} />
      })}
    </>
  )
}

function Hovered({ bar, left, width }: { bar: Bar; left: number; width: number }) {
  const { t } = useTranslation('charts')
  const format = useFormat()
  return (
    <div className={styles.hovered} style={left > width / 2 ? { right: width - left + 8 } : { left: left + 8 }}>
      <b>{`${format.seconds(bar.from)} – ${format.seconds(bar.to)}`}</b>
      {bands
        .filter((band) => bar.counts[band] > 0)
        .map((band) => (
          <span key={band} data-band={band}>
            <span className={styles.key} aria-hidden /> {t(`volume.band.${band}`)} {format.count(bar.counts[band])}
          </span>
        ))}
    </div>
  )
}
