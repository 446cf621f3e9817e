/** What the schedules keep in the URL: filters, and the flow whose due times are listed. */
import { present, text, texts } from '../searching'

export interface SchedulesSearch {
  application?: string[]
  flow?: string[]
  /** The flow that is unfolded. */
  open?: string
}

export const schedulesSearch = (search: Record<string, unknown>): SchedulesSearch =>
  present({ application: texts(search.application), flow: texts(search.flow), open: text(search.open) })
