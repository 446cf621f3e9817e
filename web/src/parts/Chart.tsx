/**
 * A chart over time. ECharts is loaded with the first one; dragging across it sets the range of all pages, and charts of
 * one group share their cursor. For those who do not see it, the page shows the same values as a table.
 */
import { lazy, Suspense } from 'react'
import { useFormat } from '~/format/useFormat'
import { useRange } from '~/time/useRange'
import { type ChartModel, margins } from './chartModel'
import { Skeleton } from './Panel'
import styles from './parts.module.css'

const ChartCanvas = lazy(() => import('./ChartCanvas'))

interface ChartProps {
  model: ChartModel
  /** How values read on the axis and in the tooltip. */
  value: (value: number | null) => string
  /** What it shows, in words. */
  label: string
  height?: number
  /** Charts of one group share the cursor. */
  group?: string
  /** Instead of setting the range of all pages. */
  onRange?: (from: number, to: number) => void
}

export function Chart({ model, value, label, height = 260, group, onRange }: ChartProps) {
  const format = useFormat()
  const { zoomTo } = useRange()
  const span = model.to - model.from
  return (
    <div className={styles.chart} style={{ height }} role="img" aria-label={label}>
      <Suspense fallback={<Skeleton />}>
        <ChartCanvas
          model={model}
          texts={{ value, tick: (at) => format.tick(at, span), moment: format.seconds }}
          group={group}
          onRange={onRange ?? zoomTo}
        />
      </Suspense>
    </div>
  )
}

/** The moment under a pixel of the plot, and back: for overlays that must align with a chart. */
export function plotScale(from: number, to: number, width: number) {
  const plot = Math.max(1, width - margins.left - margins.right)
  return {
    at: (x: number) => from + ((x - margins.left) / plot) * (to - from),
    x: (at: number) => margins.left + ((at - from) / (to - from)) * plot,
  }
}
