/** What the overview keeps in the URL. */
import { present, texts } from '../searching'

export interface OverviewSearch {
  application?: string[]
  flow?: string[]
}

export const overviewSearch = (search: Record<string, unknown>): OverviewSearch =>
  present({ application: texts(search.application), flow: texts(search.flow) })
