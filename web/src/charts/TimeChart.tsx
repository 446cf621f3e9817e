/**
 * A chart over time: lines, areas or bars, painted by the chart library, with names, limits, alerts and hatching told
 * beside the marks, a cursor that all charts of a group share, and a range by dragging. Tables beside it say the same.
 */
import { useElementSize } from '@mantine/hooks'
import { lazy, type RefObject, Suspense, useEffect, useId, useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import { useFormat } from '~/format/useFormat'
import { useTokens } from '~/theme/useTokens'
import type { CanvasHandle } from './Canvas'
import styles from './charts.module.css'
import { bucketStart, marginsFor, narrowMargins, plotIn } from './frame'
import { CursorBox, type HoverContent } from './HoverBox'
import { exceeds, type TimeModel, topOf } from './model'
import { Overlays } from './Overlays'
import { nearestSeries, type Overlay, overlayOf } from './overlay'
import { hatchPattern } from './paint'
import { Surface } from './Surface'
import { axisTicks, valueScale } from './scale'
import { timeOption } from './timeOption'

export const Canvas = lazy(() => import('./Canvas'))

/** What an exported picture needs of a chart. */
export interface Picture {
  canvas: RefObject<CanvasHandle | null>
  overlay: Overlay
}

export interface TimeChartProps {
  model: TimeModel
  /** What it shows, in words. */
  label: string
  /** How values read. */
  value: (value: number | null) => string
  /** How values read on the axis; as elsewhere without. */
  axisValue?: (value: number | null) => string
  height: number
  /** Names stand at the ends of lines; else the page has a legend of its own. */
  ends?: boolean
  /** How complete a bucket is, 0 to 1. */
  share?: (index: number) => number | null
  onRange?: (from: number, to: number) => void
  onPick?: (index: number, series: string | null) => void
  onSeries?: (key: string) => void
  onAlert?: (id: string) => void
  /** Is told what an exported picture needs. */
  picture?: RefObject<Picture | null>
  canvas?: RefObject<CanvasHandle | null>
}

export function TimeChart(props: TimeChartProps) {
  const { model, label, value, axisValue = value, height, ends = true, picture, canvas } = props
  const id = useId()
  const format = useFormat()
  const colors = useTokens()
  const { ref, width } = useElementSize()
  const { frame } = model
  const names = model.series.map(({ name }) => name).join('\n')
  const margins = useMemo(() => (ends ? marginsFor(names.split('\n'), width) : narrowMargins), [ends, names, width])
  const scale = useMemo(
    () => valueScale(topOf(model), { steps: height > 220 ? 5 : 3, clock: model.clock, whole: model.whole }),
    [model, height],
  )
  const plot = useMemo(() => plotIn(width, height, margins), [width, height, margins])
  const hatch = useMemo(() => hatchPattern(colors), [colors])
  const option = useMemo(() => {
    const ticks = axisTicks(frame, plot, margins.right, format.zone)
    const texts = {
      value: (at: number) => axisValue(at),
      moment: (at: number) => format.tick(at, frame.to - frame.from, ticks),
    }
    return timeOption(model, { plot, margins, scale, ticks, texts, colors, hatch })
  }, [model, frame, plot, margins, scale, format, axisValue, colors, hatch])
  const overlay = useMemo(() => overlayOf(model, plot, scale, ends), [model, plot, scale, ends])
  useEffect(() => {
    if (picture && canvas) picture.current = { canvas, overlay }
  }, [picture, canvas, overlay])
  const content = useHoverContent(props)
  const speak = (index: number) => {
    const { title, rows } = content(index)
    return [title, ...rows.map((row) => `${row.name} ${row.value}`)].join(', ')
  }

  return (
    <div ref={ref} className={styles.chart} style={{ height }}>
      {width > 0 && (
        <>
          <Suspense fallback={null}>
            <Canvas option={option} width={width} height={height} handle={canvas} />
          </Suspense>
          <Surface
            id={id}
            label={label}
            frame={frame}
            plot={plot}
            onRange={props.onRange}
            onPick={props.onPick}
            speak={speak}
            near={(index, y) => nearestSeries(model, plot, scale, index, y)}
          />
          <Overlays
            id={id}
            overlay={overlay}
            frame={frame}
            series={model.series}
            value={value}
            onSeries={props.onSeries}
            onAlert={props.onAlert}
          />
          <CursorBox id={id} frame={frame} plot={plot} content={content} />
        </>
      )}
    </div>
  )
}

function useHoverContent({ model, value, share }: TimeChartProps): (index: number) => HoverContent {
  const { t } = useTranslation('charts')
  const format = useFormat()
  return (index) => {
    const { frame, series, limits } = model
    const part = share?.(index) ?? null
    const rows = series
      .flatMap(({ key, name, color, dash, values }) => {
        const at = values[index]
        return at === null || at === undefined ? [] : [{ key, name, color, dash, at }]
      })
      .sort((a, b) => b.at - a.at)
    const at = bucketStart(frame, index)
    return {
      title: frame.step % 60_000 === 0 ? format.tick(at, frame.to - frame.from) : format.seconds(at),
      note: t('bucket', { step: format.duration(frame.step, { trim: true }) }),
      complete:
        part === null
          ? undefined
          : { whole: part >= 1, label: part >= 1 ? t('whole') : t('part', { share: format.share(part) }) },
      rows: rows.map(({ at: number, ...row }) => ({ ...row, value: value(number), exceeded: exceeds(number, limits) })),
    }
  }
}
