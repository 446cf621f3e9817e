/** Where values stand in their lines, as pieces of text that can be drawn over the lines. Pure. */
import type { Schemas } from '~/api/client'

export type ParsedEvent = Schemas['Parsed']['events'][number]

export interface Piece {
  text: string
  /** The column whose value it is; null between values. */
  column: string | null
}

/** A line cut at its spans. Spans that overlap one before them, or reach out of the line, are left out. */
export function pieces(line: string, spans: readonly { column: string; start: number; end: number }[]): Piece[] {
  const all: Piece[] = []
  let at = 0
  for (const { column, start, end } of [...spans].sort((a, b) => a.start - b.start)) {
    if (start < at || end > line.length || end <= start) continue
    if (start > at) all.push({ text: line.slice(at, start), column: null })
    all.push({ text: line.slice(start, end), column })
    at = end
  }
  if (at < line.length || all.length === 0) all.push({ text: line.slice(at), column: null })
  return all
}

/** The columns that are lit anywhere, in the order in which they stand. */
export function litColumns(events: readonly ParsedEvent[]): string[] {
  const seen = new Set<string>()
  for (const { spans } of events) {
    for (const { column } of [...spans].sort((a, b) => a.start - b.start)) seen.add(column)
  }
  return [...seen]
}

/** The lines of a text as the server counts them, each with the event that begins there. */
export function litLines(text: string, events: readonly ParsedEvent[]): { line: string; event: ParsedEvent | null }[] {
  const begins = new Map(events.map((event) => [event.line, event]))
  return text.split('\n').map((line, at) => ({ line, event: begins.get(at + 1) ?? null }))
}

const told = new Set(['id', 'kind', 'attributes', 'input', 'host', 'parse_error', 'no_time', 'bad_time'])

/** The columns of the table of results: time and level first, then what is lit, then what else was made of the lines. */
export function resultColumns(events: readonly ParsedEvent[]): string[] {
  const made = new Set<string>()
  for (const { record } of events) {
    for (const column of Object.keys(record)) if (!told.has(column)) made.add(column)
    for (const name of Object.keys(record.attributes ?? {})) made.add(`attr.${name}`)
  }
  const first = ['time', 'severity', ...litColumns(events), ...made]
  return [...new Set(first)].filter((column) => made.has(column) && column !== 'message').concat('message')
}
