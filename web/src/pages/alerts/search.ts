/** What the alerts page keeps in the URL. */
import { oneOf, present, text } from '../searching'
import { type GroupBy, groupBy } from './grouping'

export interface AlertsSearch {
  /** Alerts of now without; `all` for those of the range; `silences` for the silences. */
  show?: 'all' | 'silences'
  group?: GroupBy
  severity?: 'info' | 'warning' | 'critical'
  /** Part of any name in an alert. */
  find?: string
  alert?: string
}

export const alertsSearch = (search: Record<string, unknown>): AlertsSearch =>
  present({
    show: oneOf('all', 'silences')(search.show),
    group: groupBy(text(search.group)),
    severity: oneOf('info', 'warning', 'critical')(search.severity),
    find: text(search.find),
    alert: text(search.alert),
  })
