/** A heat map of a sketch over time: how many values lay where, with limits as lines, on the cursor of its neighbours. */
import { useElementSize } from '@mantine/hooks'
import { type RefObject, Suspense, useEffect, useId, useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import { useFormat } from '~/format/useFormat'
import { useTokens } from '~/theme/useTokens'
import type { CanvasHandle } from './Canvas'
import styles from './charts.module.css'
import { bucketStart, type Margins, plotIn } from './frame'
import { CursorBox, type HoverContent } from './HoverBox'
import { cellsAt, type HeatModel, heatOption, heatShare } from './heat'
import { heatColor } from './paint'
import { Surface } from './Surface'
import { axisTicks } from './scale'
import { Canvas, type Picture } from './TimeChart'

export interface HeatChartProps {
  model: HeatModel
  label: string
  /** How values of the field read. */
  value: (value: number | null) => string
  height: number
  margins: Margins
  onRange?: (from: number, to: number) => void
  onPick?: (index: number) => void
  picture?: RefObject<Picture | null>
  canvas?: RefObject<CanvasHandle | null>
}

export function HeatChart({ model, label, value, height, margins, onRange, onPick, picture, canvas }: HeatChartProps) {
  const id = useId()
  const format = useFormat()
  const { t } = useTranslation('charts')
  const colors = useTokens()
  const { ref, width } = useElementSize()
  const { frame } = model
  const plot = useMemo(() => plotIn(width, height, margins), [width, height, margins])
  const option = useMemo(() => {
    const ticks = axisTicks(frame, plot, margins.right, format.zone)
    const texts = {
      value: (at: number) => value(at),
      moment: (at: number) => format.tick(at, frame.to - frame.from, ticks),
    }
    return heatOption(model, { plot, margins, scale: { max: 1, ticks: [0, 1] }, ticks, texts, colors, hatch: null })
  }, [model, frame, plot, margins, format, value, colors])
  useEffect(() => {
    if (picture && canvas) {
      picture.current = { canvas, overlay: { ends: [], hiddenEnds: 0, alerts: [], hatches: [], limits: [] } }
    }
  }, [picture, canvas])
  const content = (index: number): HoverContent => ({
    title: format.seconds(bucketStart(frame, index)),
    note: t('bucket', { step: format.duration(frame.step, { trim: true }) }),
    rows: cellsAt(model, index).map(({ low, high, count }) => ({
      key: String(low),
      name: `${value(low)} – ${value(high)}`,
      value: format.count(count),
      color: heatColor(heatShare(count, model.most), colors),
    })),
  })
  const speak = (index: number) => {
    const { title, rows } = content(index)
    return [title, ...rows.map((row) => `${row.name}: ${row.value}`)].join(', ')
  }
  return (
    <div ref={ref} className={styles.chart} style={{ height }}>
      {width > 0 && (
        <>
          <Suspense fallback={null}>
            <Canvas option={option} width={width} height={height} handle={canvas} />
          </Suspense>
          <Surface id={id} label={label} frame={frame} plot={plot} onRange={onRange} onPick={onPick} speak={speak} />
          <CursorBox id={id} frame={frame} plot={plot} content={content} />
        </>
      )}
    </div>
  )
}

/** The colours of the cells, from none to most. */
export function HeatLegend({ most }: { most: number }) {
  const colors = useTokens()
  const format = useFormat()
  const stops = [0, 0.25, 0.5, 0.75, 1].map((share) => `${heatColor(Math.sqrt(share), colors)} ${share * 100}%`)
  return (
    <span className={styles.heatLegend}>
      0<span style={{ background: `linear-gradient(90deg, ${stops.join(', ')})` }} aria-hidden />
      {format.count(most)}
    </span>
  )
}
