/**
 * How wide the columns of a log list are: measured once from the first rows that have values, so that they stand still
 * while rows come and go, until somebody drags one; that width is kept for the column wherever it is shown.
 */
import { useLocalStorage } from '@mantine/hooks'
import { useRef } from 'react'
import type { LogRecord } from './LogList'

export const narrowestColumn = 56
/** Wider, one column would hide all others. */
export const widestColumn = 800
const widestByItself = 180
/** Pixels of an average letter at 13 px, and what the cell needs besides. */
const letter = 7.2
const padding = 10

/** The width that shows nearly all values: that of the 9th longest of ten, and of the head. */
export function fittingWidth(values: readonly string[], head: string): number {
  const lengths = values.map((value) => value.length).sort((a, b) => a - b)
  const length = Math.max(lengths[Math.floor(lengths.length * 0.9)] ?? 0, head.length)
  return Math.round(Math.min(widestByItself, Math.max(narrowestColumn, length * letter + padding)))
}

/**
 * The widths when only `room` is left for all columns: what is above the narrowest gives way in equal shares, so that the
 * summary stays in sight; `kept` columns, which somebody dragged, do not.
 */
export function squeezed(widths: readonly number[], kept: readonly boolean[], room: number): number[] {
  const over = widths.reduce((sum, width) => sum + width, 0) - room
  const spare = widths.map((width, at) => (kept[at] ? 0 : Math.max(0, width - narrowestColumn)))
  const all = spare.reduce((sum, each) => sum + each, 0)
  if (over <= 0 || all === 0) return [...widths]
  const share = Math.min(1, over / all)
  return widths.map((width, at) => Math.round(width - (spare[at] ?? 0) * share))
}

const looked = 200

export function useColumnWidths(
  columns: readonly string[],
  records: readonly LogRecord[],
  name: (c: string) => string,
  text: (record: LogRecord, column: string) => string,
) {
  const [dragged, setDragged] = useLocalStorage<Record<string, number>>({
    key: 'magpie.columnWidths',
    defaultValue: {},
    getInitialValueInEffect: false,
  })
  const measured = useRef(new Map<string, number>())
  const widthOf = (column: string): number => {
    const chosen = dragged[column]
    if (chosen !== undefined) return chosen
    const known = measured.current.get(column)
    if (known !== undefined) return known
    const values = records.slice(0, looked).map((record) => text(record, column))
    const width = fittingWidth(
      values.filter((value) => value !== ''),
      name(column),
    )
    if (values.some((value) => value !== '')) measured.current.set(column, width)
    return width
  }
  return {
    widths: columns.map(widthOf),
    /** Those whose width somebody chose. */
    kept: columns.map((column) => dragged[column] !== undefined),
    resize: (column: string, width: number | null) =>
      setDragged(({ [column]: _before, ...others }) =>
        width === null
          ? others
          : { ...others, [column]: Math.min(widestColumn, Math.max(narrowestColumn, Math.round(width))) },
      ),
  }
}
