/** What the sources page keeps in the URL. */
import { present, text } from '../searching'

export interface SourcesSearch {
  source?: string
}

export const sourcesSearch = (search: Record<string, unknown>): SourcesSearch =>
  present({ source: text(search.source) })
