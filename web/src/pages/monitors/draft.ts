/**
 * A monitor while it is edited: what the form holds, and the document that the server takes, which is the same as in a
 * configuration file. Numbers stay text until they are sent, so that a half-typed one is not lost.
 */
import type { Schemas } from '~/api/client'

export type Monitor = Schemas['Monitor']
type Threshold = Monitor['thresholds'][number]

export const dimensions = ['source', 'source_module', 'service', 'target', 'target_module'] as const

export const aggregates = ['avg', 'count', 'sum', 'min', 'max', 'p50', 'p90', 'p95', 'p99', 'rate', 'distinct'] as const
export type Aggregate = (typeof aggregates)[number]

export const kinds = ['above', 'below', 'new'] as const
export type ConditionKind = (typeof kinds)[number]

export interface ThresholdDraft {
  field: string
  /** Of `records` and of "first seen" there is none to choose. */
  aggregate: Aggregate
  kind: ConditionKind
  /** The limit, or for "first seen" how far back was looked, as a duration. */
  limit: string
  /** A duration; empty for at once. */
  lasting: string
  severity: 'info' | 'warning' | 'critical'
  /** `name=value`, separated by commas. */
  labels: string
}

export interface WhereDraft {
  column: string
  /** Separated by commas. */
  values: string
}

export interface MonitorDraft {
  name: string
  by: string[]
  where: WhereDraft[]
  fields: string[]
  thresholds: ThresholdDraft[]
}

export const emptyDraft: MonitorDraft = {
  name: '',
  by: ['source_module', 'target_module'],
  where: [],
  fields: [],
  thresholds: [],
}

export const emptyThreshold: ThresholdDraft = {
  field: 'elapsed_ms',
  aggregate: 'avg',
  kind: 'above',
  limit: '',
  lasting: '',
  severity: 'warning',
  labels: '',
}

/** `5m`, `90s`, `1d`: the largest unit that a whole number of nanoseconds has. */
export function durationText(ns: number): string {
  const units: [string, number][] = [
    ['d', 86_400e9],
    ['h', 3_600e9],
    ['m', 60e9],
    ['s', 1e9],
    ['ms', 1e6],
    ['us', 1e3],
  ]
  const [unit, length] = units.find(([, each]) => ns >= each && ns % each === 0) ?? ['ns', 1]
  return `${ns / length}${unit}`
}

function thresholdDraft(threshold: Threshold): ThresholdDraft {
  const { condition } = threshold
  const kind: ConditionKind = 'above' in condition ? 'above' : 'below' in condition ? 'below' : 'new'
  const limit =
    'above' in condition
      ? String(condition.above)
      : 'below' in condition
        ? String(condition.below)
        : durationText(condition.new.within)
  return {
    field: threshold.field,
    aggregate: (threshold.aggregate as Aggregate | null) ?? 'avg',
    kind,
    limit,
    lasting: /^0[a-z]*$/.test(threshold.for) ? '' : threshold.for,
    severity: threshold.severity,
    labels: Object.entries(threshold.labels)
      .map(([name, value]) => `${name}=${value}`)
      .join(', '),
  }
}

/** The form for an existing monitor. */
export function draftOf(monitor: Monitor): MonitorDraft {
  return {
    name: monitor.name,
    by: [...monitor.by],
    where: Object.entries(monitor.where).map(([column, values]) => ({ column, values: values.join(', ') })),
    fields: [...(monitor.document.fields ?? [])],
    thresholds: monitor.thresholds.map(thresholdDraft),
  }
}

/** A name that nobody has: "modules copy", "modules copy 2". */
export function copyName(name: string, taken: readonly string[]): string {
  const first = `${name} copy`
  if (!taken.includes(first)) return first
  let number = 2
  while (taken.includes(`${first} ${number}`)) number += 1
  return `${first} ${number}`
}

const parts = (text: string) =>
  text
    .split(',')
    .map((part) => part.trim())
    .filter(Boolean)

type ThresholdDocument = Schemas['ThresholdDocument']
export type MonitorDocument = Schemas['MonitorDocument']

function thresholdDocument(draft: ThresholdDraft): ThresholdDocument {
  const labels = Object.fromEntries(
    parts(draft.labels).map((pair) => {
      const at = pair.indexOf('=')
      return at < 0 ? [pair, ''] : [pair.slice(0, at).trim(), pair.slice(at + 1).trim()]
    }),
  )
  const limit = draft.kind === 'new' ? { new: { within: draft.limit.trim() } } : { [draft.kind]: Number(draft.limit) }
  return {
    field: draft.field,
    ...(draft.field !== 'records' && draft.kind !== 'new' ? { aggregate: draft.aggregate } : {}),
    ...limit,
    ...(draft.lasting.trim() ? { for: draft.lasting.trim() } : {}),
    severity: draft.severity,
    ...(Object.keys(labels).length > 0 ? { labels } : {}),
  }
}

export function documentOf(draft: MonitorDraft): MonitorDocument {
  const where = Object.fromEntries(
    draft.where.filter(({ column }) => column).map(({ column, values }) => [column, parts(values)]),
  )
  return {
    name: draft.name.trim(),
    by: draft.by,
    ...(Object.keys(where).length > 0 ? { where } : {}),
    ...(draft.fields.length > 0 ? { fields: draft.fields } : {}),
    ...(draft.thresholds.length > 0 ? { thresholds: draft.thresholds.map(thresholdDocument) } : {}),
  }
}

/** What keeps a draft from being sent, by place in the form; the server checks everything else. */
export function missing(draft: MonitorDraft): Set<string> {
  const places = new Set<string>()
  if (!draft.name.trim()) places.add('name')
  if (draft.by.length === 0) places.add('by')
  for (const [index, { kind, limit }] of draft.thresholds.entries()) {
    const bad = limit.trim() === '' || (kind !== 'new' && !Number.isFinite(Number(limit)))
    if (bad) places.add(`thresholds.${index}.limit`)
  }
  return places
}
