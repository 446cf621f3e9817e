/** An alert in words: its value and its limit by the field's unit, its labels, and how long it lasted. */
import { useTranslation } from 'react-i18next'
import type { WatchdogNote } from '~/api/runs'
import { useApi } from '~/api/useApi'
import { useFormat } from '~/format/useFormat'
import { type Alert, flowsMonitor } from './grouping'

/** A value of the alert's field; `trim` for limits, which are round. The watchdog of flows measures seconds. */
export function useAlertValue() {
  const format = useFormat()
  const { data } = useApi('/api/v1/fields', { still: true })
  return (alert: Alert, value: number | null, trim = false) => {
    if (alert.monitor === flowsMonitor && value !== null) return format.duration(value * 1_000, { trim })
    const field = data?.fields.find(({ name }) => name === alert.field) ?? { name: alert.field }
    return format.field(field, alert.aggregate ?? 'count', { trim })(value)
  }
}

/** The numeric limit; null for "first seen". */
export function limitOf({ condition }: Alert): number | null {
  if ('above' in condition) return condition.above
  if ('below' in condition) return condition.below
  return null
}

export function useAlertLimit() {
  const { t } = useTranslation('alerts')
  const value = useAlertValue()
  return (alert: Alert) => {
    const { condition } = alert
    if ('above' in condition) return t('above', { limit: value(alert, condition.above, true) })
    if ('below' in condition) return t('below', { limit: value(alert, condition.below, true) })
    return t('new')
  }
}

/** What is measured and its limit; of the watchdog of flows, what is wrong, as a sentence. */
export function useAlertWords() {
  const { t } = useTranslation('alerts')
  const { t: common } = useTranslation()
  const limit = useAlertLimit()
  const row = useLabelRow(flowsMonitor)
  return (alert: Alert) => {
    const { aggregate, field } = alert
    const measured = aggregate ? t('aggregateOf', { aggregate: common(`aggregate.${aggregate}`), field }) : field
    const reason = alert.monitor === flowsMonitor && alert.labels.reason ? row(['reason', alert.labels.reason]) : null
    const what = reason?.shown ?? measured
    // What may not happen at all has no limit that would say something.
    return limitOf(alert) === 0 && reason?.shown ? what : t('keyWords', { what, limit: limit(alert) })
  }
}

const watchdogReasons = ['not_started', 'no_next', 'missed', 'too_long'] as const satisfies WatchdogNote['reason'][]

/** Labels stand as somebody wrote them; that of the watchdog of flows is a word of ours, and told as a sentence. */
export function useLabelRow(monitor: string) {
  const { t } = useTranslation('alerts')
  return ([name, value]: [string, string]) => {
    const reason = watchdogReasons.find((each) => each === value)
    if (monitor !== flowsMonitor || name !== 'reason' || !reason) return { column: name, value }
    return { column: t('reason'), value, shown: t(`reasons.${reason}`) }
  }
}

/** Milliseconds from the first exceeded bucket to the end, or to now. */
export function lasted(alert: Alert, now: number): number {
  return Math.max(0, (alert.resolved ? Date.parse(alert.resolved) : now) - Date.parse(alert.since))
}
