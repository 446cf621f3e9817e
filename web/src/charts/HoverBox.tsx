/** The box beside the cursor: the bucket, how complete it is, and each series with its swatch, name and value. */
import { useTranslation } from 'react-i18next'
import styles from './charts.module.css'
import { useCursor } from './cursor'
import { bucketStart, type Frame, nearestBucket, type Plot, xOf } from './frame'
import { Mark } from './Mark'

export interface HoverRow {
  key: string
  name: string
  value: string
  color?: string
  dash?: readonly number[]
  exceeded?: boolean
}

export interface HoverContent {
  title: string
  note?: string
  /** How complete the bucket is, and whether that is less than whole. */
  complete?: { label: string; whole: boolean }
  rows: readonly HoverRow[]
}

/** More rows than these are counted. */
const mostRows = 12
const width = 232

interface HoverBoxProps {
  id: string
  frame: Frame
  plot: Plot
  content: (index: number) => HoverContent
}

/** Only in the chart that is pointed at. */
export function CursorBox({ id, frame, plot, content }: HoverBoxProps) {
  const cursor = useCursor()
  if (cursor?.owner !== id || cursor.at < frame.from || cursor.at >= frame.to) return null
  const index = nearestBucket(frame, cursor.at)
  const x = xOf(frame, plot, bucketStart(frame, index) + frame.step / 2)
  return <HoverBox x={x} plot={plot} content={content(index)} near={cursor.near} />
}

interface BoxProps {
  /** Where the cursor stands, within the chart's box. */
  x: number
  plot: Plot
  content: HoverContent
  near?: string | null
}

export function HoverBox({ x, plot, content, near }: BoxProps) {
  const { t } = useTranslation('charts')
  const { title, note, complete, rows } = content
  const onLeft = x - plot.left > width + 16 || x - plot.left > plot.width / 2
  const left = Math.max(4, onLeft ? x - width - 12 : x + 12)
  const shown = rows.length > mostRows ? rows.slice(0, mostRows - 1) : rows
  return (
    <div className={styles.box} style={{ left, top: plot.top + 10, width }} aria-hidden>
      <div className={styles.boxHead}>
        <b>{title}</b>
        {note && <span>{note}</span>}
        {complete && <span data-whole={complete.whole}>{complete.label}</span>}
      </div>
      {shown.map((row) => (
        <div key={row.key} className={styles.boxRow} data-near={row.key === near}>
          <Mark color={row.color} dash={row.dash} form="line" />
          <span className="cut">{row.name}</span>
          <span className={styles.boxValue} data-exceeded={row.exceeded ?? false}>
            {row.value}
          </span>
        </div>
      ))}
      {rows.length === 0 && <div className={styles.boxMore}>{t('noData')}</div>}
      {shown.length < rows.length && (
        <div className={styles.boxMore}>{t('more', { n: rows.length - shown.length })}</div>
      )}
    </div>
  )
}
