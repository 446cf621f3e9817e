/** The ways from an alert: its edge on the map, its chart, the records behind it, all with its time and its values. */
import { everyApplication } from '../runs/search'
import type { Alert } from './grouping'

const margin = 10 * 60_000

/** From ten minutes before it began to ten minutes after it ended; to now while it lasts. */
export function rangeOf(alert: Alert): { from: string; to: string } {
  const from = new Date(Date.parse(alert.since) - margin).toISOString()
  return { from, to: alert.resolved ? new Date(Date.parse(alert.resolved) + margin).toISOString() : 'now' }
}

const quoted = (value: string) => (/^[\w./{}-]+$/.test(value) ? value : `"${value.replaceAll(/["\\]/g, '\\$&')}"`)

/** The dimensions as a query line. */
export function lineOf(alert: Alert): string {
  return (Object.entries(alert.dimensions) as [string, string][])
    .map(([name, value]) => `${name}:${quoted(value)}`)
    .join(' ')
}

/** All runs of a flow, whatever application is usually looked at. */
export const runsOfFlow = (flow: string) => ({ list: 'runs' as const, application: [everyApplication], flow: [flow] })
export const recordsOf = (alert: Alert) => ({ q: lineOf(alert) })
export const edgeOf = (alert: Alert) => ({ monitor: alert.monitor, find: lineOf(alert) })
export const chartOf = (alert: Alert) => ({
  monitor: alert.monitor,
  field: alert.field,
  aggregate: alert.aggregate,
  q: lineOf(alert),
})
