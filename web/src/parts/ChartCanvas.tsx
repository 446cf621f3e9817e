/** The part of a chart that needs ECharts, with only those of its pieces that we use. Loaded by `Chart`. */
import { BarChart, LineChart } from 'echarts/charts'
import {
  AriaComponent,
  AxisPointerComponent,
  GridComponent,
  MarkAreaComponent,
  MarkLineComponent,
  TooltipComponent,
} from 'echarts/components'
import { connect, type ECharts, init, use } from 'echarts/core'
import { CanvasRenderer } from 'echarts/renderers'
import { type PointerEvent, useEffect, useRef, useState } from 'react'
import { useTokens } from '~/theme/useTokens'
import { plotScale } from './Chart'
import { type ChartModel, type ChartTexts, chartOption, margins } from './chartModel'
import styles from './parts.module.css'

use([
  BarChart,
  LineChart,
  AriaComponent,
  AxisPointerComponent,
  GridComponent,
  MarkAreaComponent,
  MarkLineComponent,
  TooltipComponent,
  CanvasRenderer,
])

interface ChartCanvasProps {
  model: ChartModel
  texts: ChartTexts
  group?: string
  onRange: (from: number, to: number) => void
}

/** Diagonal lines, repeated: incomplete. */
function hatchPattern(color: string) {
  const canvas = document.createElement('canvas')
  canvas.width = 8
  canvas.height = 8
  const context = canvas.getContext('2d')
  if (!context) return color
  context.strokeStyle = color
  context.globalAlpha = 0.55
  context.lineWidth = 1
  context.beginPath()
  for (const shift of [-8, 0, 8]) {
    context.moveTo(shift, 8)
    context.lineTo(shift + 8, 0)
  }
  context.stroke()
  return { image: canvas, repeat: 'repeat' }
}

export default function ChartCanvas({ model, texts, group, onRange }: ChartCanvasProps) {
  const holder = useRef<HTMLDivElement>(null)
  const chart = useRef<ECharts | null>(null)
  const colors = useTokens()
  const { drag, handlers } = useDrag(model.from, model.to, onRange)

  useEffect(() => {
    if (!holder.current) return
    const made = init(holder.current)
    chart.current = made
    const watcher = new ResizeObserver(() => made.resize())
    watcher.observe(holder.current)
    return () => {
      watcher.disconnect()
      made.dispose()
      chart.current = null
    }
  }, [])

  useEffect(() => {
    if (!chart.current || !group) return
    chart.current.group = group
    connect(group)
  }, [group])

  useEffect(() => {
    chart.current?.setOption(chartOption(model, texts, colors, hatchPattern(colors.text3)), { notMerge: true })
  }, [model, texts, colors])

  return (
    <div {...handlers} className={styles.canvas} style={{ touchAction: 'pan-y' }}>
      <div ref={holder} className={styles.canvas} />
      {drag && (
        <div
          className={styles.drag}
          style={{ left: drag.left, width: drag.width, top: margins.top, bottom: margins.bottom }}
        />
      )}
    </div>
  )
}

/** Fewer pixels than this are a click, not a drag. */
const leastDrag = 6

function useDrag(from: number, to: number, onRange: (from: number, to: number) => void) {
  const [drag, setDrag] = useState<{ begin: number; end: number } | null>(null)
  const place = (event: PointerEvent<HTMLElement>) => {
    const box = event.currentTarget.getBoundingClientRect()
    return Math.min(box.width - margins.right, Math.max(margins.left, event.clientX - box.left))
  }
  const handlers = {
    onPointerDown: (event: PointerEvent<HTMLElement>) => {
      if (event.button !== 0 || event.pointerType === 'touch') return
      event.currentTarget.setPointerCapture(event.pointerId)
      setDrag({ begin: place(event), end: place(event) })
    },
    onPointerMove: (event: PointerEvent<HTMLElement>) => {
      if (drag) setDrag({ ...drag, end: place(event) })
    },
    onPointerUp: (event: PointerEvent<HTMLElement>) => {
      if (!drag) return
      setDrag(null)
      const scale = plotScale(from, to, event.currentTarget.getBoundingClientRect().width)
      const end = place(event)
      if (Math.abs(end - drag.begin) >= leastDrag) onRange(scale.at(drag.begin), scale.at(end))
    },
    onPointerCancel: () => setDrag(null),
  }
  const moved = drag !== null && Math.abs(drag.end - drag.begin) >= leastDrag
  return {
    drag: moved ? { left: Math.min(drag.begin, drag.end), width: Math.abs(drag.end - drag.begin) } : null,
    handlers,
  }
}
