/**
 * The chart library, with only those of its pieces that we use; loaded with the first chart. It paints and nothing else:
 * pointer, keys and texts are the business of the layer above.
 */
import { BarChart, CustomChart, LineChart } from 'echarts/charts'
import { GridComponent, MarkAreaComponent, MarkLineComponent } from 'echarts/components'
import { type ECharts, type EChartsCoreOption, init, use } from 'echarts/core'
import { CanvasRenderer } from 'echarts/renderers'
import { type RefObject, useEffect, useRef } from 'react'
import styles from './charts.module.css'

use([BarChart, CustomChart, LineChart, GridComponent, MarkAreaComponent, MarkLineComponent, CanvasRenderer])

export interface CanvasHandle {
  /** The picture at a resolution of so many device pixels to one. */
  picture: (ratio: number) => HTMLCanvasElement
}

interface CanvasProps {
  option: EChartsCoreOption
  width: number
  height: number
  handle?: RefObject<CanvasHandle | null>
}

export default function Canvas({ option, width, height, handle }: CanvasProps) {
  const holder = useRef<HTMLDivElement>(null)
  const chart = useRef<ECharts | null>(null)

  useEffect(() => {
    if (!holder.current) return
    const made = init(holder.current, null, { width: 1, height: 1 })
    chart.current = made
    if (handle) handle.current = { picture: (ratio) => made.renderToCanvas({ pixelRatio: ratio }) }
    return () => {
      made.dispose()
      chart.current = null
      if (handle) handle.current = null
    }
  }, [handle])

  useEffect(() => {
    const made = chart.current
    if (!made || width <= 0 || height <= 0) return
    if (made.getWidth() !== width || made.getHeight() !== height) made.resize({ width, height, silent: true })
    made.setOption(option, { notMerge: true })
  }, [option, width, height])

  return <div ref={holder} className={styles.canvas} aria-hidden />
}
