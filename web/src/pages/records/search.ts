/** What the records page keeps in the URL. */
import { present, text } from '../searching'

export interface RecordsSearch {
  /** The query line. */
  q?: string
  /** Id of the opened record. */
  record?: string
}

export const recordsSearch = (search: Record<string, unknown>): RecordsSearch =>
  present({ q: text(search.q), record: text(search.record) })
