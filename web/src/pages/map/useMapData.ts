/**
 * What the map asks of the API: the graph of the range; that of the last day, whose edges may be idle now; that of the
 * last complete bucket, which is what thresholds are about; and the alerts of the range.
 */
import { useMemo } from 'react'
import { type Reading, useApi } from '~/api/useApi'
import { useHeld } from '~/parts/useHeld'
import { useClock } from '~/time/clock'
import { moves, type Span } from '~/time/range'
import { useRange } from '~/time/useRange'
import { parseCompare } from './model/compare'
import { type ApiAlert, type ApiGraph, type ApiMonitor, buildGraph, type FieldSpec, type MapGraph } from './model/graph'
import type { MapSearch } from './search'

const day = 86_400_000
const coarse = 300_000
const mostEdges = 20_000

export interface MapData {
  reading: Reading<ApiGraph>
  graph: MapGraph | null
  monitors: readonly ApiMonitor[]
  /** Undefined where the columns are any set. */
  monitor: ApiMonitor | undefined
  fields: readonly FieldSpec[]
  alerts: readonly ApiAlert[]
  /** The question without its time, for further questions about the same. */
  question: { monitor?: string; by?: string[] }
  /** The moment whose alerts are shown; null for now. */
  at: number | null
  comparing: boolean
  /** Whether the bar of a replay is the one that is shown. */
  arrived: boolean
}

const iso = (moment: number) => new Date(moment).toISOString()

/** `held`: a hand is on the picture; what comes meanwhile is shown when it lets go. */
export function useMapData(search: MapSearch, frame: Span | null, held: boolean): MapData {
  const { from, to, range } = useRange()
  const { bucketSeconds, dataSince } = useClock()
  const catalogue = useApi('/api/v1/monitors', { still: true })
  const specs = useApi('/api/v1/fields', { still: true })
  const monitors = catalogue.data?.monitors ?? []
  const monitor = search.by
    ? undefined
    : (monitors.find(({ name }) => name === search.monitor) ?? (search.monitor ? undefined : monitors[0]))
  const question: MapData['question'] = search.by
    ? { by: search.by.split(',') }
    : { ...((search.monitor ?? monitor?.name) ? { monitor: search.monitor ?? monitor?.name } : {}) }
  const other = search.compare ? parseCompare(search.compare, { from, to }) : null
  const compared = other && !frame ? { compare_from: iso(other.from), compare_to: iso(other.to) } : {}

  const whole = useApi('/api/v1/graph', {
    query: { ...question, ...compared, from: iso(from), to: iso(to), limit: mostEdges },
    enabled: catalogue.data !== undefined,
  })
  const step = useApi('/api/v1/graph', {
    query: { ...question, from: iso(frame?.from ?? 0), to: iso(frame?.to ?? 1), limit: mostEdges },
    enabled: frame !== null,
    still: true,
  })
  const before = useApi('/api/v1/graph', {
    query: {
      ...question,
      from: iso(Math.floor(Math.min(from, to - day) / coarse) * coarse),
      to: iso(Math.ceil(to / coarse) * coarse),
      limit: mostEdges,
    },
    enabled: catalogue.data !== undefined && !search.compare,
    still: true,
  })
  const judged = (monitor?.thresholds.length ?? 0) > 0
  const complete = Math.min(to, Date.parse(whole.data?.completeness?.watermark ?? '') || to)
  const end = Math.floor(complete / 1000 / bucketSeconds) * bucketSeconds * 1000
  const bucket = useApi('/api/v1/graph', {
    query: { ...question, from: iso(end - bucketSeconds * 1000), to: iso(end), limit: mostEdges },
    enabled: judged && whole.data !== undefined && frame === null,
    still: true,
  })
  const heard = useApi('/api/v1/alerts', {
    query: { ...(monitor ? { monitor: monitor.name } : {}), state: ['any'], from: iso(from), to: iso(to), limit: 1000 },
    enabled: monitor !== undefined,
  })

  const stepFrom = Date.parse(step.data?.from ?? '')
  const arrived = frame !== null && !step.busy && stepFrom <= frame.from && frame.from < Date.parse(step.data?.to ?? '')
  const alerts = monitor ? (heard.data?.alerts ?? none) : none
  const at = frame ? frame.to : moves(range) ? null : to
  const shown = frame ? (step.data ?? whole.data) : whole.data
  const earlier = frame ? whole.data : search.compare ? undefined : before.data
  const fresh = useMemo(
    () =>
      shown && {
        graph: shown,
        before: sameColumns(shown, earlier),
        bucket: frame ? shown : sameColumns(shown, bucket.data),
        monitor,
        alerts,
        at,
        since: dataSince,
      },
    [shown, earlier, bucket.data, monitor, alerts, at, frame, dataSince],
  )
  const parts = useHeld(fresh, held)
  const graph = useMemo(() => (parts ? buildGraph(parts) : null), [parts])
  return {
    reading: whole,
    graph,
    monitors,
    monitor,
    fields: specs.data?.fields ?? noFields,
    alerts,
    question,
    at,
    comparing: other !== null && !frame,
    arrived,
  }
}

const none: readonly ApiAlert[] = []
const noFields: readonly FieldSpec[] = []

/** An answer that is still that of another question must not be mixed in. */
function sameColumns(graph: ApiGraph, other: ApiGraph | undefined): ApiGraph | undefined {
  return other && other.monitor === graph.monitor && other.by.join() === graph.by.join() ? other : undefined
}
