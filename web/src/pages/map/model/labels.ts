/**
 * The words on an edge (requirement I10): the service, then each field with a threshold as "field: threshold", the
 * present value beside it, the one that fired marked. Where several edges are folded into one it says of how many the
 * worst is told. In a comparison the two values stand beside each other.
 */
import type { Format } from '~/format/useFormat'
import type { Change, FieldSpec, Limit, MapEdge, Threshold, Tone } from './graph'
import type { Over } from './over'
import type { Link } from './view'

export interface LabelLine {
  value: string
  text: string
  tone: Tone | null
  /** What had fired and is over. */
  over?: true
}

export interface Label {
  service: string | null
  lines: LabelLine[]
  tone: Tone | null
  change: Change | null
}

/** What labels tell: all thresholds, or one field under one aggregation (`calls` for the rate). */
export type LabelChoice =
  | { kind: 'thresholds' }
  | { kind: 'field'; field: string; aggregate: string }
  | { kind: 'calls' }

export interface Wording {
  format: Format
  fields: readonly FieldSpec[]
  /** "7 services", "worst of 7". */
  services: (count: number) => string
  worstOf: (count: number) => string
  calls: string
  fresh: string
  change: (change: Change) => string
  /** "fired 2 times", "14:03–14:20". */
  times: (over: Over) => string
  between: (over: Over) => string
}

export function parseChoice(text: string | undefined): LabelChoice {
  if (text === 'calls') return { kind: 'calls' }
  const [aggregate, ...field] = (text ?? '').split(' ')
  return aggregate && field.length > 0 ? { kind: 'field', field: field.join(' '), aggregate } : { kind: 'thresholds' }
}

export const writeChoice = (choice: LabelChoice): string | undefined =>
  choice.kind === 'thresholds' ? undefined : choice.kind === 'calls' ? 'calls' : `${choice.aggregate} ${choice.field}`

const specOf = (fields: readonly FieldSpec[], name: string): FieldSpec =>
  fields.find((field) => field.name === name) ?? {
    name,
    unit: null,
    flag: false,
    scale: 0,
    distinct_of: null,
    aggregates: [],
  }

/** A field as labels name it: the aggregation only where it is not the field's first. */
export function fieldName(fields: readonly FieldSpec[], field: string, aggregate: string | null): string {
  const usual = specOf(fields, field).aggregates[0]
  return aggregate && usual && aggregate !== usual ? `${aggregate} ${field}` : field
}

/** "300 ms", "< 1"; null for "never seen before". */
export function limitText(
  condition: Threshold['condition'],
  field: string,
  aggregate: string | null,
  { format, fields }: Pick<Wording, 'format' | 'fields'>,
): string | null {
  const write = writer(field, aggregate, { format, fields }, true)
  if ('above' in condition) return write(condition.above)
  if ('below' in condition) return `< ${write(condition.below)}`
  return null
}

export function writer(
  field: string,
  aggregate: string | null,
  { format, fields }: Pick<Wording, 'format' | 'fields'>,
  trim = false,
) {
  return format.field(specOf(fields, field), aggregate ?? 'count', { trim })
}

function limitLine(limit: Limit, wording: Wording, folded: number): LabelLine {
  const name = fieldName(wording.fields, limit.field, limit.aggregate)
  const bound = limitText(limit.condition, limit.field, limit.aggregate, wording)
  const value = bound === null ? wording.fresh : writer(limit.field, limit.aggregate, wording)(limit.value)
  const text = bound === null ? name : `${name}: ${bound}`
  return { value, text: folded > 1 ? `${text} · ${wording.worstOf(folded)}` : text, tone: limit.tone }
}

/** The edge that speaks for a limit: the one in trouble, else the one nearest to it. */
function worstLimit(edges: readonly MapEdge[], place: number): Limit | undefined {
  const all = edges.flatMap(({ limits }) => limits[place] ?? [])
  const below = all.some(({ condition }) => 'below' in condition)
  const weight = ({ tone }: Limit) => (tone === 'firing' ? 3 : tone === 'pending' ? 2 : tone ? 1 : 0)
  const size = ({ value }: Limit) => (value === null ? Number.NEGATIVE_INFINITY : below ? -value : value)
  return [...all].sort((a, b) => weight(b) - weight(a) || size(b) - size(a))[0]
}

function fieldLine(edges: readonly MapEdge[], field: string, aggregate: string, wording: Wording): LabelLine {
  const values = edges.map((edge) => edge.fields[field]?.[aggregate]).filter((value) => value !== undefined)
  const summable = aggregate === 'count' || aggregate === 'sum'
  const value = values.length === 0 ? null : summable ? values.reduce((a, b) => a + b, 0) : Math.max(...values)
  const name = fieldName(wording.fields, field, aggregate)
  const text = edges.length > 1 && !summable ? `${name} · ${wording.worstOf(edges.length)}` : name
  return { value: writer(field, aggregate, wording)(value), text, tone: null }
}

export function labelOf(link: Link, choice: LabelChoice, wording: Wording, comparing: boolean): Label {
  const { edges } = link
  const services = new Set(edges.map(({ service }) => service))
  const service = services.size > 1 ? wording.services(services.size) : (edges[0]?.service ?? edges[0]?.extra ?? null)
  const change = comparing && edges.length === 1 ? (edges[0]?.compared?.state ?? null) : null
  const lines = linesOf(edges, choice, wording, change)
  if (link.over && link.tone === null && change === null)
    lines.push({ value: wording.times(link.over), text: wording.between(link.over), tone: null, over: true })
  return { service, lines, tone: link.tone, change }
}

function linesOf(edges: readonly MapEdge[], choice: LabelChoice, wording: Wording, change: Change | null): LabelLine[] {
  const [edge] = edges
  if (change && edge) return comparisonLines(edge, choice, wording, change)
  if (choice.kind === 'calls') return [callsLine(edges, wording)]
  if (choice.kind === 'field') {
    const fired = (edge?.limits ?? []).flatMap((_, place) => worstLimit(edges, place) ?? []).filter(({ tone }) => tone)
    return [
      ...fired.map((limit) => limitLine(limit, wording, edges.length)),
      fieldLine(edges, choice.field, choice.aggregate, wording),
    ]
  }
  const limits = (edge?.limits ?? []).flatMap((_, place) => worstLimit(edges, place) ?? [])
  if (limits.length > 0) return limits.map((limit) => limitLine(limit, wording, edges.length))
  const first = wording.fields.find((field) => edges.some((each) => each.fields[field.name]))
  const aggregate = first?.aggregates[0]
  return first && aggregate ? [fieldLine(edges, first.name, aggregate, wording)] : [callsLine(edges, wording)]
}

function callsLine(edges: readonly MapEdge[], { format, calls }: Wording): LabelLine {
  return { value: format.rate(edges.reduce((sum, { rate }) => sum + rate, 0)), text: calls, tone: null }
}

function comparisonLines(edge: MapEdge, choice: LabelChoice, wording: Wording, change: Change): LabelLine[] {
  const { format, calls } = wording
  const before = edge.compared
  const first = wording.fields.find((field) => edge.fields[field.name] ?? before?.fields[field.name])
  const field = choice.kind === 'field' ? choice.field : choice.kind === 'calls' ? null : first?.name
  const aggregate = choice.kind === 'field' ? choice.aggregate : first?.aggregates[0]
  const said = { value: wording.change(change), text: '', tone: edge.tone }
  if (change === 'new' || change === 'gone' || !before) return [said]
  if (change === 'worse' || change === 'better') {
    const share = (records: number, fields: MapEdge['fields']) =>
      records === 0 ? null : (fields.error?.count ?? 0) / records
    return [
      said,
      {
        value: format.share(share(edge.records, edge.fields)),
        text: `← ${format.share(share(before.records, before.fields))}`,
        tone: null,
      },
    ]
  }
  if (!field || !aggregate)
    return [{ value: format.count(edge.records), text: `${calls} ← ${format.count(before.records)}`, tone: null }]
  const write = writer(field, aggregate, wording)
  const line = {
    value: write(edge.fields[field]?.[aggregate]),
    text: `← ${write(before.fields[field]?.[aggregate])}`,
    tone: null,
  }
  return change === 'same' ? [{ ...line, tone: edge.tone }] : [said, line]
}
