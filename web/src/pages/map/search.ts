/** What the map keeps in the URL. */
import { present, text } from '../searching'

export interface MapSearch {
  monitor?: string
  /** The selected edge, as its id. */
  edge?: string
}

export const mapSearch = (search: Record<string, unknown>): MapSearch =>
  present({ monitor: text(search.monitor), edge: text(search.edge) })
