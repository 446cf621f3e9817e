/** What the monitors page keeps in the URL. */
import { oneOf, present, text } from '../searching'

export interface MonitorsSearch {
  /** The selected one. */
  monitor?: string
  /** `edit` the selected one, `copy` it into a new one, or make a `new` one. */
  work?: 'edit' | 'copy' | 'new'
}

export const monitorsSearch = (search: Record<string, unknown>): MonitorsSearch =>
  present({ monitor: text(search.monitor), work: oneOf('edit', 'copy', 'new')(search.work) })
