/** What explore keeps in the URL. */
import { present, text } from '../searching'

export interface ExploreSearch {
  monitor?: string
  field?: string
  aggregate?: string
}

export const exploreSearch = (search: Record<string, unknown>): ExploreSearch =>
  present({ monitor: text(search.monitor), field: text(search.field), aggregate: text(search.aggregate) })
