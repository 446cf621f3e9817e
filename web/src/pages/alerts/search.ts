/** What the alerts page keeps in the URL. */
import { oneOf, present, text } from '../searching'

export interface AlertsSearch {
  /** Alerts of now without; `all` for those of the range. */
  show?: 'all'
  alert?: string
}

export const alertsSearch = (search: Record<string, unknown>): AlertsSearch =>
  present({ show: oneOf('all')(search.show), alert: text(search.alert) })
