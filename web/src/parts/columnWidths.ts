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

/** Below this a value is no longer recognised: the column leaves rather than shrink further. */
const readableColumn = 84

export interface Fitted {
  /** Which columns have room. */
  shown: boolean[]
  /** The widths of all; of those that are shown they fit, as far as that can be. */
  widths: number[]
}

/**
 * Columns when only `room` is left for them, so that the summary stays in sight: those that may `leave` do, in that order
 * and then from the last, until the others can be read; these give way in equal shares. `kept` ones, which somebody
 * dragged, do neither.
 */
export function fitted(
  columns: readonly string[],
  widths: readonly number[],
  kept: readonly boolean[],
  leave: readonly string[],
  room: number,
): Fitted {
  const width = (at: number) => widths[at] ?? 0
  const least = (at: number) => (kept[at] ? width(at) : Math.min(width(at), readableColumn))
  const shown = columns.map(() => true)
  const taken = (of: (at: number) => number) => shown.reduce((sum, on, at) => sum + (on ? of(at) : 0), 0)
  const last = columns.map((_, at) => columns.length - 1 - at)
  for (const at of [...leave.map((column) => columns.indexOf(column)), ...last]) {
    if (taken(least) <= room) break
    if (at >= 0 && !kept[at]) shown[at] = false
  }
  const over = taken(width) - room
  const spare = taken((at) => width(at) - least(at))
  const share = over <= 0 || spare === 0 ? 0 : Math.min(1, over / spare)
  return { shown, widths: widths.map((each, at) => Math.round(each - (each - least(at)) * share)) }
}

const looked = 200

/** The widths that somebody chose, by dragging an edge or in the menu of columns; null gives a column its own again. */
export function useChosenWidths() {
  const [chosen, setChosen] = useLocalStorage<Record<string, number>>({
    key: 'magpie.columnWidths',
    defaultValue: {},
    getInitialValueInEffect: false,
  })
  const resize = (column: string, width: number | null) =>
    setChosen(({ [column]: _before, ...others }) =>
      width === null
        ? others
        : { ...others, [column]: Math.min(widestColumn, Math.max(narrowestColumn, Math.round(width))) },
    )
  return { chosen, resize }
}

export function useColumnWidths(
  columns: readonly string[],
  records: readonly LogRecord[],
  name: (c: string) => string,
  text: (record: LogRecord, column: string) => string,
) {
  const { chosen, resize } = useChosenWidths()
  const measured = useRef(new Map<string, number>())
  const widthOf = (column: string): number => {
    const width = chosen[column]
    if (width !== undefined) return width
    const known = measured.current.get(column)
    if (known !== undefined) return known
    const values = records.slice(0, looked).map((record) => text(record, column))
    const fitting = fittingWidth(
      values.filter((value) => value !== ''),
      name(column),
    )
    if (values.some((value) => value !== '')) measured.current.set(column, fitting)
    return fitting
  }
  return {
    widths: columns.map(widthOf),
    /** Those whose width somebody chose. */
    kept: columns.map((column) => chosen[column] !== undefined),
    resize,
  }
}
