/**
 * Order and groups of alerts: firing first, then what waits, then what is silenced, then what is over; within these the
 * more severe and the newer first. Pure, so that a refresh with the same alerts gives the same list.
 */
import type { Schemas } from '~/api/client'
import type { State } from '~/parts/Badges'

export type Alert = Schemas['Alert']

/** `none`, a fixed property, or `label.NAME`. */
export type GroupBy = 'none' | 'monitor' | 'module' | 'severity' | `label.${string}`

const fixed = ['none', 'monitor', 'module', 'severity'] as const

export function groupBy(text: string | undefined): GroupBy | undefined {
  if (text?.startsWith('label.') && text.length > 'label.'.length) return text as GroupBy
  return fixed.find((each) => each === text)
}

export interface Group {
  key: string
  alerts: Alert[]
}

/** The state as it is shown: a silence covers what fires or waits, not what is over. */
export function shownState(alert: Alert): State {
  return alert.silenced !== null && alert.state !== 'resolved' ? 'silenced' : alert.state
}

const stateOrder: Partial<Record<State, number>> = { firing: 0, pending: 1, silenced: 2, resolved: 3 }
const severityOrder = { critical: 0, warning: 1, info: 2 }

export function compareAlerts(a: Alert, b: Alert): number {
  const byState = (stateOrder[shownState(a)] ?? 9) - (stateOrder[shownState(b)] ?? 9)
  if (byState !== 0) return byState
  if (shownState(a) !== 'resolved') {
    const bySeverity = severityOrder[a.severity] - severityOrder[b.severity]
    if (bySeverity !== 0) return bySeverity
  }
  return b.since.localeCompare(a.since) || a.id.localeCompare(b.id)
}

/** The module that an alert is about: the called one, else the calling one. */
export function moduleOf({ dimensions }: Alert): string {
  return dimensions.target_module ?? dimensions.source_module ?? dimensions.target ?? dimensions.source ?? ''
}

function keyOf(alert: Alert, by: GroupBy): string {
  if (by === 'monitor') return alert.monitor
  if (by === 'module') return moduleOf(alert)
  if (by === 'severity') return alert.severity
  return alert.labels[by.slice('label.'.length)] ?? ''
}

/** Groups in the order of their first alert, so that what is worst stands first. */
export function groupAlerts(alerts: readonly Alert[], by: GroupBy): Group[] {
  const sorted = [...alerts].sort(compareAlerts)
  if (by === 'none') return sorted.length === 0 ? [] : [{ key: '', alerts: sorted }]
  const groups = new Map<string, Alert[]>()
  for (const alert of sorted) {
    const key = keyOf(alert, by)
    const group = groups.get(key)
    if (group) group.push(alert)
    else groups.set(key, [alert])
  }
  return [...groups].map(([key, members]) => ({ key, alerts: members }))
}

/** Names of labels that any of the alerts has, in alphabetical order. */
export function labelNames(alerts: readonly Alert[]): string[] {
  return [...new Set(alerts.flatMap(({ labels }) => Object.keys(labels)))].sort()
}

export interface AlertFilter {
  severity?: Alert['severity'] | undefined
  find?: string | undefined
}

export function matchesFilter(alert: Alert, { severity, find }: AlertFilter): boolean {
  if (severity && alert.severity !== severity) return false
  if (!find) return true
  const words = [alert.monitor, alert.field, ...Object.values(alert.dimensions), ...Object.values(alert.labels)]
  const part = find.toLowerCase()
  return words.some((word) => word.toLowerCase().includes(part))
}

/** Who calls whom, and for what; a dimension that the monitor lacks is left out. */
export function placeOf({ dimensions }: Alert): { from: string; to: string; service: string; rest: string[] } {
  const { source, source_module, target, target_module, service, ...rest } = dimensions
  const side = (module: string | undefined, host: string | undefined) =>
    module && host ? `${module} ${host}` : (module ?? host ?? '')
  return {
    from: side(source_module, source),
    to: side(target_module, target),
    service: service ?? '',
    rest: Object.values(rest),
  }
}

/** The monitor of flows, which watches schedules and runs: its alerts have no rollups, so no chart, no edge and no records. */
export const flowsMonitor = '(flows)'

/** The flow that an alert of the flows' monitor is about. */
export function flowOf({ monitor, dimensions }: Alert): string | undefined {
  return monitor === flowsMonitor ? (dimensions as Record<string, string>).flow : undefined
}

/** Matchers of a silence that covers just this alert's rollup and field. */
export function matchersOf(alert: Alert): Schemas['Matcher'][] {
  const named: [string, string][] = [
    ['monitor', alert.monitor],
    ['field', alert.field],
    ...(Object.entries(alert.dimensions) as [string, string][]),
  ]
  return named.map(([name, value]) => ({ name, value, op: 'is' }))
}
