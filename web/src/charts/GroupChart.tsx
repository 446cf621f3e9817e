/** A chart by one dimension or several combined; each group is a button that says its values and filters by itself. */
import { useElementSize } from '@mantine/hooks'
import { type RefObject, Suspense, useEffect, useMemo, useState } from 'react'
import { useTokens } from '~/theme/useTokens'
import type { CanvasHandle } from './Canvas'
import styles from './charts.module.css'
import { narrowMargins, plotIn } from './frame'
import { type GroupModel, groupBottom, groupOption } from './groupOption'
import { HoverBox, type HoverRow } from './HoverBox'
import { exceeds, topOf } from './model'
import { type Overlay, overlayOf } from './overlay'
import { valueScale } from './scale'
import { Canvas, type Picture } from './TimeChart'

export interface GroupChartProps {
  model: GroupModel
  label: string
  value: (value: number | null) => string
  axisValue?: (value: number | null) => string
  height: number
  onGroup?: (key: string) => void
  picture?: RefObject<Picture | null>
  canvas?: RefObject<CanvasHandle | null>
}

const noFrame = { from: 0, to: 1, step: 1, count: 1 }

export function GroupChart(props: GroupChartProps) {
  const { model, label, value, axisValue = value, height, onGroup, picture, canvas } = props
  const colors = useTokens()
  const { ref, width } = useElementSize<HTMLFieldSetElement>()
  const [pointed, setPointed] = useState<number | null>(null)
  const { groups, series, limits } = model
  const margins = useMemo(
    () => ({ ...narrowMargins, left: 60, right: 16, bottom: groupBottom(groups, width - 76) }),
    [groups, width],
  )
  const plot = useMemo(() => plotIn(width, height, margins), [width, height, margins])
  const scale = useMemo(
    () => valueScale(topOf({ ...model, band: null }), { steps: 5, clock: model.clock, whole: model.whole }),
    [model],
  )
  const option = useMemo(
    () => groupOption(model, { plot, margins, scale, value: axisValue, colors }),
    [model, plot, margins, scale, axisValue, colors],
  )
  const overlay: Overlay = useMemo(() => {
    const still = { kind: model.kind, stacked: model.stacked, frame: noFrame, series: [], alerts: [], hatched: [] }
    return overlayOf({ ...still, limits }, plot, scale, false)
  }, [model, limits, plot, scale])
  useEffect(() => {
    if (picture && canvas) picture.current = { canvas, overlay }
  }, [picture, canvas, overlay])

  const rowsOf = (at: number): HoverRow[] =>
    series
      .filter(({ values }) => values[at] !== null && values[at] !== undefined)
      .map(({ key, name, color, dash, values }) => ({
        key,
        name,
        color,
        dash,
        value: value(values[at] ?? null),
        exceeded: exceeds(values[at], limits),
      }))
  const room = plot.width / Math.max(1, groups.length)
  const group = pointed === null ? undefined : groups[pointed]
  return (
    <fieldset ref={ref} className={styles.chart} style={{ height }} aria-label={label}>
      {width > 0 && (
        <>
          <Suspense fallback={null}>
            <Canvas option={option} width={width} height={height} handle={canvas} />
          </Suspense>
          {/* The greatest groups stand at the left, so that a limit's name is out of the way at the right. */}
          {overlay.limits.map(({ label: text, y, beyond }) => (
            <span key={text} className={styles.limitLabel} style={{ right: margins.right + 4, top: y }}>
              {beyond ? `${text} ↑` : text}
            </span>
          ))}
          {groups.map(({ key, name }, at) => (
            <button
              key={key}
              type="button"
              className={styles.group}
              style={{ left: plot.left + at * room, width: room, top: plot.top, height: height - plot.top }}
              aria-label={[name, ...rowsOf(at).map((row) => `${row.name} ${row.value}`)].join(', ')}
              onPointerEnter={() => setPointed(at)}
              onPointerLeave={() => setPointed(null)}
              onFocus={() => setPointed(at)}
              onBlur={() => setPointed(null)}
              onClick={() => onGroup?.(key)}
            />
          ))}
          {group && pointed !== null && (
            <HoverBox
              x={plot.left + (pointed + 0.5) * room}
              plot={plot}
              content={{ title: group.name, rows: rowsOf(pointed) }}
            />
          )}
        </>
      )}
    </fieldset>
  )
}
