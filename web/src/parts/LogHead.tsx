/**
 * The head of a log list: names of the columns, with edges that are dragged to make one wider or narrower; a double
 * click gives it the width of its values again. It scrolls with the list, whose role allows nothing but options within.
 */
import type { CSSProperties, PointerEvent } from 'react'
import { useTranslation } from 'react-i18next'
import { useColumnName } from './Filters'
import styles from './parts.module.css'

interface LogHeadProps {
  columns: readonly string[]
  widths: readonly number[]
  /** Columns that had no room. */
  gone: readonly string[]
  style: CSSProperties
  /** Null for the width that fits the values. */
  onResize: (column: string, width: number | null) => void
}

export function LogHead({ columns, widths, gone, style, onResize }: LogHeadProps) {
  const { t } = useTranslation()
  const name = useColumnName()
  return (
    <div className={styles.logHead} style={style} aria-hidden>
      <span>{name('time')}</span>
      <span>{name('severity')}</span>
      {columns.map((column, at) => (
        <span key={column} className={styles.logHeadCell}>
          <span className="cut">{name(column)}</span>
          <Edge width={widths[at] ?? 0} onResize={(width) => onResize(column, width)} />
        </span>
      ))}
      <span className={styles.logHeadLast}>
        <span>{name('message')}</span>
        {gone.length > 0 && (
          <span title={gone.map(name).join(', ')}>{t('columnsHidden', { count: gone.length, n: gone.length })}</span>
        )}
      </span>
    </div>
  )
}

interface EdgeProps {
  width: number
  onResize: (width: number | null) => void
}

function Edge({ width, onResize }: EdgeProps) {
  const drag = (down: PointerEvent<HTMLSpanElement>) => {
    down.preventDefault()
    const edge = down.currentTarget
    edge.setPointerCapture(down.pointerId)
    const move = (event: globalThis.PointerEvent) => onResize(width + event.clientX - down.clientX)
    edge.addEventListener('pointermove', move)
    edge.addEventListener('pointerup', () => edge.removeEventListener('pointermove', move), { once: true })
    edge.addEventListener('pointercancel', () => edge.removeEventListener('pointermove', move), { once: true })
  }
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: for pointers alone; the head is hidden from screen readers
    <span className={styles.logEdge} onPointerDown={drag} onDoubleClick={() => onResize(null)} />
  )
}
