/** What the records page keeps in the URL. */
import { present, text, texts } from '../searching'

export interface RecordsSearch {
  /** The query line. */
  q?: string
  /** Id of the opened record; it opens also outside of the range. */
  record?: string
  /** The lines around this record stand in place of the list. */
  around?: string
  /** The chosen columns in their order; those of this browser without. */
  columns?: string[]
}

export const recordsSearch = (search: Record<string, unknown>): RecordsSearch =>
  present({
    q: text(search.q),
    record: text(search.record),
    around: text(search.around),
    columns: texts(search.columns),
  })
