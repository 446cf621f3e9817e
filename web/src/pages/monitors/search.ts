/** What the monitors page keeps in the URL. */
import { present, text } from '../searching'

export interface MonitorsSearch {
  monitor?: string
}

export const monitorsSearch = (search: Record<string, unknown>): MonitorsSearch =>
  present({ monitor: text(search.monitor) })
