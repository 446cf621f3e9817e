/**
 * The lines, to be typed and pasted, with the values lit up under the text: a copy of the lines lies behind the field,
 * letter on letter, and bears the marks. Under it the columns by name, since colour alone says nothing.
 */
import { useRef } from 'react'
import { useTranslation } from 'react-i18next'
import { moduleMark } from '~/theme/tokens'
import { useScheme } from '~/theme/useTokens'
import { litColumns, litLines, type ParsedEvent, pieces } from './lit'
import styles from './sources.module.css'

interface LinesEditorProps {
  text: string
  events: readonly ParsedEvent[]
  /** The column that is pointed at, here or in the table. */
  lit: string | null
  onLit: (column: string | null) => void
  onText: (text: string) => void
}

/** Colours of columns, in the order in which they stand in the lines; after six, other underlines follow. */
export function useColumnMarks(columns: readonly string[]) {
  const scheme = useScheme()
  // Marks go by alphabetical order: names that are numbers keep the order of the line.
  const places = columns.map((_, at) => String(at).padStart(3, '0'))
  return (column: string) => {
    const at = columns.indexOf(column)
    if (at < 0) return null
    const { color, dash } = moduleMark(places[at] ?? '', places, scheme)
    return {
      color,
      line: dash.length === 0 ? 'solid' : dash.length > 2 ? 'double' : (dash[0] ?? 0) > 3 ? 'dashed' : 'dotted',
    }
  }
}

export function LinesEditor({ text, events, lit, onLit, onText }: LinesEditorProps) {
  const { t } = useTranslation('sources')
  const behind = useRef<HTMLPreElement>(null)
  const columns = litColumns(events)
  const mark = useColumnMarks(columns)
  const lines = litLines(text, events)
  return (
    <div className={styles.lines}>
      <div className={styles.editor}>
        <pre ref={behind} className={styles.behind} aria-hidden>
          {lines.map(({ line, event }, at) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: a line is its place
            <span key={at} data-error={event?.parse_error ? true : undefined}>
              {pieces(line, event?.spans ?? []).map((piece, place) => {
                const shown = piece.column === null ? null : mark(piece.column)
                if (!shown) return piece.text
                return (
                  <mark
                    // biome-ignore lint/suspicious/noArrayIndexKey: a piece is its place
                    key={place}
                    data-column={piece.column}
                    data-dim={lit !== null && lit !== piece.column}
                    style={{ '--mark': shown.color, textDecorationStyle: shown.line } as object}
                  >
                    {piece.text}
                  </mark>
                )
              })}
              {'\n'}
            </span>
          ))}
        </pre>
        <textarea
          className={styles.field}
          aria-label={t('linesLabel')}
          placeholder={t('linesPlaceholder')}
          value={text}
          rows={Math.min(14, Math.max(6, lines.length))}
          wrap="off"
          spellCheck={false}
          onChange={(event) => onText(event.currentTarget.value)}
          onScroll={(event) => {
            if (!behind.current) return
            behind.current.scrollTop = event.currentTarget.scrollTop
            behind.current.scrollLeft = event.currentTarget.scrollLeft
          }}
        />
      </div>
      {columns.length > 0 && (
        <ul className={styles.legend} aria-label={t('litColumns')}>
          {columns.map((column) => (
            <li key={column} onPointerEnter={() => onLit(column)} onPointerLeave={() => onLit(null)}>
              <ColumnMark mark={mark(column)} />
              {column}
            </li>
          ))}
        </ul>
      )}
    </div>
  )
}

export function ColumnMark({ mark }: { mark: { color: string; line: string } | null }) {
  if (!mark) return null
  return (
    <span
      className={styles.mark}
      style={{ background: mark.color, borderBottomStyle: mark.line } as object}
      aria-hidden
    />
  )
}
