/** A question's answers: values over time and in total, alerts, how complete they are, and all of it as a chart's model. */
import { useMemo, useRef } from 'react'
import { useTranslation } from 'react-i18next'
import type { Schemas } from '~/api/client'
import { type QueryOf, type Reading, useApi } from '~/api/useApi'
import { bucketStart, type Frame, incompleteStretches } from '~/charts/frame'
import type { AlertMark, Hatch, Limit, Series, TimeModel } from '~/charts/model'
import { type Format, useFormat } from '~/format/useFormat'
import { moduleMark } from '~/theme/tokens'
import { useScheme } from '~/theme/useTokens'
import { useRange } from '~/time/useRange'
import { useWords } from './names'
import { type Question, rollupsQuery, type Subject, thresholdsOf } from './question'
import {
  bandOf,
  combinationOf,
  frameOf,
  type Line,
  lastClosed,
  latestIndex,
  linesOf,
  readUpTo,
  steadyOrder,
} from './series'

type Rollups = Schemas['Rollups']
type Alert = Schemas['Alert']
type RollupsQuery = QueryOf<'/api/v1/rollups'>

/** Most rows that are asked for; the server says when there are more. */
const mostRows = 100_000
/** Most series that a chart draws; the others are counted. */
export const mostSeries = 12

/** Formats of a question's values: as they are, and short for axes and limits. */
export function useValueFormat({ field, aggregate }: Pick<Question, 'field' | 'aggregate'>) {
  const format = useFormat()
  return useMemo(
    () => ({
      value: format.field(field, aggregate),
      short: format.field(field, aggregate, { trim: true }),
      /** Of the field itself, whatever is aggregated: for heat maps and percentiles. */
      plain: format.field(field, undefined, { trim: true }),
      clock: ['ns', 'us', 'ms', 's'].includes(field.unit ?? '') && aggregate !== 'count' && aggregate !== 'rate',
    }),
    [format, field, aggregate],
  )
}

/**
 * Which fields have values in the range. `undefined` until that is known, `null` where nothing tells them apart: it is not asked for,
 * there are no records, or no answer.
 */
export function useMeasured(subject: Subject | null, enabled: boolean): ReadonlySet<string> | null | undefined {
  const { query } = useRange()
  const asks = enabled && subject !== null
  const { data, error } = useApi('/api/v1/rollups', {
    query: {
      ...query,
      ...(subject ? rollupsQuery({ subject, filters: {} }, []) : {}),
      step: 'all',
    } as unknown as RollupsQuery,
    still: true,
    enabled: asks,
  })
  return useMemo(() => {
    if (!asks || error) return null
    if (!data || !answers(data, { subject }, [])) return undefined
    const fields = data.rows.flatMap((row) => Object.entries(row.fields))
    const measured = fields.flatMap(([name, value]) => (value && value.count > 0 ? [name] : []))
    return data.rows.length > 0 ? new Set(measured) : null
  }, [asks, error, data, subject])
}

/** Values over time, of a step in seconds. */
export function useOverTime(question: Question, step: number, enabled = true): Reading<Rollups> {
  const { query } = useRange()
  return useApi('/api/v1/rollups', {
    query: {
      ...query,
      ...rollupsQuery(question, question.split),
      step: `${step}s`,
      limit: mostRows,
    } as unknown as RollupsQuery,
    enabled,
  })
}

/** One row for each combination over the range, or over the given part of it. */
export function useTotals(
  question: Question,
  by: readonly string[],
  { span, enabled = true }: { span?: { from: string; to: string }; enabled?: boolean } = {},
): Reading<Rollups> {
  const { query } = useRange()
  return useApi('/api/v1/rollups', {
    query: {
      ...(span ?? query),
      ...rollupsQuery(question, by),
      step: 'all',
      limit: mostRows,
    } as unknown as RollupsQuery,
    enabled,
  })
}

/** A question with the answer to it. */
export interface Asked {
  question: Question
  by: readonly string[]
  answer: Rollups | undefined
}

/** Whether an answer has the columns that a question asks for; field and aggregation are in every answer. */
export const answers = (
  answer: Pick<Rollups, 'monitor' | 'by'>,
  { subject }: Pick<Question, 'subject'>,
  by: readonly string[],
) =>
  answer.monitor === (subject.monitor?.name ?? null) &&
  answer.by.length === by.length &&
  by.every((column) => answer.by.includes(column))

/** While the answer to a new question is under way, the old answer stays, and with it the old question. */
export function useAsked(question: Question, by: readonly string[], answer: Rollups | undefined): Asked {
  const kept = useRef<Asked | null>(null)
  const columns = by.join(',')
  return useMemo(() => {
    const wanted = columns === '' ? [] : columns.split(',')
    if (answer && answers(answer, question, wanted)) kept.current = { question, by: wanted, answer }
    return kept.current ?? { question, by: wanted, answer: undefined }
  }, [question, columns, answer])
}

/** Names of the modules that Magpie knows, for colours that are the same whatever is filtered. */
export function useModules(): readonly string[] {
  const reading = useApi('/api/v1/rollups', {
    query: { by: ['source_module', 'target_module'], from: 'now-1d', step: 'all', limit: mostRows },
    still: true,
  })
  return useMemo(() => {
    const names = (reading.data?.rows ?? []).flatMap((row) => [row.source_module, row.target_module])
    return [...new Set(names)]
      .filter((name): name is string => typeof name === 'string' && !/^(\(.*\))?$/.test(name))
      .sort()
  }, [reading.data])
}

const isModule = (columns: readonly string[]) =>
  columns.length === 1 && (columns[0] === 'target_module' || columns[0] === 'source_module')

/** Colour and dash of each name: of a module its own, of anything else by its place among those shown. */
export function useMarks(names: readonly string[], columns: readonly string[], modules: readonly string[]) {
  const scheme = useScheme()
  return useMemo(() => {
    const among = isModule(columns) ? [...new Set([...modules, ...names])] : names
    return (name: string) => moduleMark(name, among, scheme)
  }, [names, columns, modules, scheme])
}

export function useLimits(question: Question): Limit[] {
  const { t } = useTranslation('explore')
  const words = useWords()
  const { short } = useValueFormat(question)
  return useMemo(
    () =>
      thresholdsOf(question).map(({ value, side }) => ({
        label: t(side === 'above' ? 'limitAbove' : 'limitBelow', {
          field: words.field(question.field.name),
          value: short(value),
        }),
        value,
        side,
      })),
    [question, words, short, t],
  )
}

/** Alerts of the question's monitor that fired in the range on what it shows. */
export function useAlertMarks({ subject, field, aggregate, filters }: Question): AlertMark[] {
  const { query } = useRange()
  const { t } = useTranslation('explore')
  const format = useFormat()
  const reading = useApi('/api/v1/alerts', {
    query: { ...query, state: ['any'], monitor: subject.name, limit: 500 },
    enabled: subject.monitor !== null,
  })
  return useMemo(() => {
    const shown = ({ field: of, aggregate: by, dimensions }: Alert) =>
      of === field.name &&
      (by ?? 'count') === aggregate &&
      Object.entries(filters).every(([column, values]) => values.includes(dimensions[column] ?? ''))
    return (reading.data?.alerts ?? []).flatMap((alert) => {
      if (!alert.fired || !shown(alert)) return []
      const word = alert.state === 'firing' ? 'firing' : 'fired'
      const from = Date.parse(alert.fired)
      const to = alert.resolved ? Date.parse(alert.resolved) : null
      return [{ id: alert.id, from, to, label: t(word, { time: format.minutes(from) }) }]
    })
  }, [reading.data, field, aggregate, filters, t, format])
}

export interface ChartData {
  frame: Frame
  lines: Line[]
  /** Keys in the order of chart and table. */
  order: readonly string[]
  model: TimeModel
  /** Series that are not drawn. */
  hidden: number
  /** The last bucket that is over. */
  closed: number
  /** The last one that is over and has a value: what is shown of a single bucket, when none was chosen. */
  latest: number
  share: (index: number) => number | null
}

/** Everything that a chart over time draws. `focus` is the series with the band. */
export function useTimeModel(
  question: Question,
  answer: Rollups | undefined,
  {
    modules,
    limits,
    alerts,
    focus,
  }: { modules: readonly string[]; limits: Limit[]; alerts: AlertMark[]; focus: string | null },
): ChartData | null {
  const { t } = useTranslation('explore')
  const { t: common } = useTranslation()
  const format = useFormat()
  const { clock } = useValueFormat(question)
  const noValue = common('noValue')
  const lines = useMemo(
    () => (answer ? linesOf(answer, question.split, question, noValue) : []),
    [answer, question, noValue],
  )
  const order = useSteadyOrder(
    lines,
    JSON.stringify([question.subject.name, question.field.name, question.aggregate, question.split]),
  )
  const names = useMemo(() => lines.map(({ name }) => name), [lines])
  const marks = useMarks(names, question.split, modules)
  return useMemo(() => {
    if (!answer) return null
    const of = frameOf(answer)
    const upTo = readUpTo(answer)
    const closed = lastClosed(of, upTo)
    const byKey = new Map(lines.map((line) => [line.key, line]))
    const drawn = order.slice(0, mostSeries).flatMap((key) => byKey.get(key) ?? [])
    const series: Series[] = drawn.map(({ key, name, values }) => ({
      key,
      name: name || t('everything'),
      values,
      ...marks(name),
    }))
    const band = focus === null || question.view !== 'line' ? null : bandFor(answer, question, focus, noValue)
    return {
      frame: of,
      lines,
      order,
      hidden: lines.length - drawn.length,
      closed,
      latest: latestIndex(lines, closed),
      share: (index) => (index > closed ? null : (answer.completeness[index]?.share ?? null)),
      model: {
        kind: question.view === 'heat' ? 'line' : question.view,
        stacked: question.layers === 'stacked' && question.view !== 'line',
        frame: of,
        series,
        band: band && series.some(({ key }) => key === focus) ? { ...band, key: focus ?? '', label: '' } : null,
        limits,
        alerts,
        hatched: hatchesOf(answer, of, closed, format, (share) => common('complete', { share })),
        clock,
        whole: question.aggregate === 'count',
      },
    }
  }, [answer, question, lines, order, marks, limits, alerts, focus, noValue, clock, format, t, common])
}

function bandFor(answer: Rollups, question: Question, focus: string, noValue: string) {
  const band = bandOf(answer, question.split, focus, question.field, noValue)
  return band.high.some((value) => value !== null) ? band : null
}

function hatchesOf(
  answer: Rollups,
  of: Frame,
  closed: number,
  format: Format,
  say: (share: string) => string,
): Hatch[] {
  const over = bucketStart(of, closed + 1)
  const past = answer.completeness.filter(({ bucket }) => Date.parse(bucket) < over)
  const hatches: Hatch[] = incompleteStretches(past, of.step).map(({ from, to, share }) => ({
    from,
    to,
    label: say(format.share(share)),
  }))
  return over < of.to ? [...hatches, { from: over, to: of.to }] : hatches
}

/** The order of the first answer to a question is kept while it is refreshed. */
function useSteadyOrder(lines: readonly Line[], question: string): readonly string[] {
  const kept = useRef<{ question: string; order: string[] }>({ question: '', order: [] })
  return useMemo(() => {
    const before = kept.current.question === question ? kept.current.order : []
    const order = steadyOrder(lines, before)
    kept.current = { question, order }
    return order
  }, [lines, question])
}

/** The row of a combination, by key. */
export const rowOfKey = (answer: Rollups, columns: readonly string[], key: string, noValue: string) =>
  answer.rows.find((row) => combinationOf(row, columns, noValue).key === key)
