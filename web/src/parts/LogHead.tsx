/**
 * The head of a log list: names of the columns, with edges that are dragged, or moved by arrow keys, to make one wider or
 * narrower; a double click or Home gives it the width of its values again.
 */
import type { CSSProperties, KeyboardEvent, PointerEvent } from 'react'
import { useTranslation } from 'react-i18next'
import { narrowestColumn, widestColumn } from './columnWidths'
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
    <div className={styles.logHead} style={style}>
      <span aria-hidden>{name('time')}</span>
      <span aria-hidden>{name('severity')}</span>
      {columns.map((column, at) => (
        <span key={column} className={styles.logHeadCell}>
          <span className="cut" aria-hidden>
            {name(column)}
          </span>
          <Edge column={name(column)} width={widths[at] ?? 0} onResize={(width) => onResize(column, width)} />
        </span>
      ))}
      <span className={styles.logHeadLast}>
        <span aria-hidden>{name('message')}</span>
        {gone.length > 0 && (
          <span title={gone.map(name).join(', ')}>{t('columnsHidden', { count: gone.length, n: gone.length })}</span>
        )}
      </span>
    </div>
  )
}

/** Pixels that an arrow key moves an edge by. */
const keyStep = 8

interface EdgeProps {
  column: string
  width: number
  onResize: (width: number | null) => void
}

function Edge({ column, width, onResize }: EdgeProps) {
  const { t } = useTranslation()
  const drag = (down: PointerEvent<HTMLSpanElement>) => {
    down.preventDefault()
    const edge = down.currentTarget
    edge.setPointerCapture(down.pointerId)
    const move = (event: globalThis.PointerEvent) => onResize(width + event.clientX - down.clientX)
    edge.addEventListener('pointermove', move)
    edge.addEventListener('pointerup', () => edge.removeEventListener('pointermove', move), { once: true })
    edge.addEventListener('pointercancel', () => edge.removeEventListener('pointermove', move), { once: true })
  }
  const press = (event: KeyboardEvent) => {
    const by = { ArrowLeft: -keyStep, ArrowRight: keyStep }[event.key]
    if (by === undefined && event.key !== 'Home') return
    event.preventDefault()
    onResize(by === undefined ? null : width + by)
  }
  return (
    // biome-ignore lint/a11y/useSemanticElements: a separator that moves is no <hr>
    <span
      className={styles.logEdge}
      role="separator"
      aria-orientation="vertical"
      aria-label={t('resizeColumn', { column })}
      aria-valuenow={width}
      aria-valuemin={narrowestColumn}
      aria-valuemax={widestColumn}
      tabIndex={0}
      onPointerDown={drag}
      onDoubleClick={() => onResize(null)}
      onKeyDown={press}
    />
  )
}
