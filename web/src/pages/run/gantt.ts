/**
 * A run's steps as rows of a Gantt chart: one row for each step and iteration, nested as in the document, with a bar for
 * each attempt on one clock. Stretches in which nothing happened for long, such as the wait for a person, are cut out of
 * the clock and marked, so that what ran can be seen. Pure: `now` is an argument.
 */
import type { Run, Step, StepStatus } from '~/api/runs'

export interface Bar {
  /** Which try of the row, from 1: of the run's attempts and of the retries inside of a `try` alike. */
  attempt: number
  status: StepStatus
  /** Epoch milliseconds. */
  from: number
  to: number
  /** A failed attempt after which another one succeeded. */
  folded: boolean
}

export interface Row {
  key: string
  pointer: string
  /** Counters of the loops around it, without the retries of a `try`. */
  iteration: string
  name: string
  kind: string
  operation: string | null
  targetModule: string | null
  depth: number
  /** Of the last attempt. */
  status: StepStatus
  bars: Bar[]
  /** How long its tries worked, without the pauses between them, in milliseconds; null when none began. */
  duration: number | null
  /** Number of rows inside. */
  inside: number
  /** All tries, the last one last. */
  steps: Step[]
}

export const stepKey = (pointer: string, iteration: string) => `${pointer}#${iteration}`

/** The counters of the loops around a step; a retry of a `try`, `!1`, is another try of the same row. */
export const loopsOf = (iteration: string) =>
  iteration
    .split('.')
    .filter((counter) => counter !== '' && !counter.startsWith('!'))
    .join('.')

/** The rows in the order in which they stand under each other: what began first comes first, unreached steps last. */
export function rowsOf(steps: readonly Step[], now: number): Row[] {
  const groups = new Map<string, Step[]>()
  for (const step of steps) addTo(groups, stepKey(step.pointer, loopsOf(step.iteration)), step)
  const children = new Map<string, string[]>()
  for (const [key, [step]] of groups) addTo(children, step ? parentOf(step, groups) : '', key)
  const rows: Row[] = []
  const add = (key: string, depth: number): number => {
    const group = groups.get(key)
    if (!group) return 0
    const row = rowOf(key, group, depth, now)
    rows.push(row)
    for (const child of inOrder(children.get(key) ?? [], groups)) row.inside += 1 + add(child, depth + 1)
    return row.inside
  }
  for (const key of inOrder(children.get('') ?? [], groups)) add(key, 0)
  return rows
}

function addTo<Item>(lists: Map<string, Item[]>, key: string, item: Item) {
  const list = lists.get(key)
  if (list) list.push(item)
  else lists.set(key, [item])
}

/** The row that a step stands in: its parent's, in the same loops or in those around it. */
function parentOf({ parent, iteration }: Step, groups: ReadonlyMap<string, Step[]>): string {
  if (parent === null) return ''
  const loops = loopsOf(iteration).split('.')
  for (let depth = loops.length; depth >= 0; depth -= 1) {
    const key = stepKey(parent, loops.slice(0, depth).join('.'))
    if (groups.has(key)) return key
  }
  return ''
}

function inOrder(keys: readonly string[], groups: ReadonlyMap<string, Step[]>): string[] {
  const began = (key: string) => {
    const starts = (groups.get(key) ?? []).flatMap(({ started }) => (started ? [Date.parse(started)] : []))
    return starts.length > 0 ? Math.min(...starts) : Number.POSITIVE_INFINITY
  }
  // Sorting is stable: what began at once, and what was not reached, keeps the document's order.
  return keys
    .map((key) => ({ key, at: began(key) }))
    .sort((a, b) => (a.at === b.at ? 0 : a.at - b.at))
    .map(({ key }) => key)
}

function rowOf(key: string, group: readonly Step[], depth: number, now: number): Row {
  const steps = [...group].sort((a, b) => a.attempt - b.attempt || (a.started ?? '~').localeCompare(b.started ?? '~'))
  const last = steps.at(-1) as Step
  const good = steps.some(({ status }) => status === 'succeeded')
  const bars = steps.flatMap((step, at): Bar[] => {
    if (!step.started) return []
    const from = Date.parse(step.started)
    const open = step.status === 'running' ? now : from
    // Times are read to the millisecond, and most steps take less.
    const to = Math.max(from, step.ended ? from + (step.duration_ms ?? Date.parse(step.ended) - from) : open)
    return [{ attempt: at + 1, status: step.status, from, to, folded: good && step.status === 'failed' }]
  })
  return {
    key,
    pointer: last.pointer,
    iteration: loopsOf(last.iteration),
    name: last.name,
    kind: last.kind,
    operation: last.operation,
    targetModule: last.target_module,
    depth,
    status: last.status,
    bars,
    duration: bars.length > 0 ? joined(bars).reduce((sum, { from, to }) => sum + to - from, 0) : null,
    inside: 0,
    steps,
  }
}

/** The rows that are seen when some are folded: without what is inside of those. */
export function unfolded(rows: readonly Row[], folded: ReadonlySet<string>): Row[] {
  const seen: Row[] = []
  let skip = 0
  for (const row of rows) {
    if (skip > 0) {
      skip -= 1
      continue
    }
    seen.push(row)
    if (folded.has(row.key)) skip = row.inside
  }
  return seen
}

/** A stretch of the clock that is drawn, and where: shares of the width, 0 to 1. */
interface Stretch {
  from: number
  to: number
  left: number
  right: number
}

export interface GanttClock {
  /** Where a moment stands, 0 to 1. */
  x: (at: number) => number
  /** Stretches that were cut out: where, and how long they lasted in milliseconds. */
  cuts: { at: number; ms: number }[]
  ticks: { at: number; x: number }[]
  /** The first moment. */
  from: number
}

/** What a cut takes of the width. */
const cutShare = 0.06

/** The clock of a run, from its start to its end or to now; of one that waits for its next try, to the end of the last. */
export function clockFor(
  run: Pick<Run, 'started' | 'queued' | 'ended' | 'status'>,
  rows: readonly Row[],
  now: number,
): GanttClock {
  const bars = rows.filter(({ inside }) => inside === 0).flatMap((row) => row.bars)
  const from = bars.reduce((first, bar) => Math.min(first, bar.from), Date.parse(run.started ?? run.queued))
  const end = run.ended ? Date.parse(run.ended) : run.status === 'retrying' ? from : now
  const to = bars.reduce((last, bar) => Math.max(last, bar.to), end)
  return clockOf(bars, from, to)
}

/** The clock of these bars; `from` and `to` are the run's own ends. */
export function clockOf(bars: readonly Pick<Bar, 'from' | 'to'>[], from: number, to: number): GanttClock {
  const end = Math.max(to, from + 1)
  const busy = joined([{ from, to: from }, ...bars, { from: end, to: end }])
  const active = busy.reduce((sum, each) => sum + each.to - each.from, 0)
  // A gap is cut when it would take more than half of the width, and lasts longer than anybody would look at.
  const long = Math.max(10_000, active)
  const kept: { from: number; to: number }[] = []
  for (const each of busy) {
    const before = kept.at(-1)
    if (before && each.from - before.to <= long) before.to = Math.max(before.to, each.to)
    else kept.push({ ...each })
  }
  return laidOut(kept, from)
}

function joined(bars: readonly Pick<Bar, 'from' | 'to'>[]): { from: number; to: number }[] {
  const all: { from: number; to: number }[] = []
  for (const { from, to } of [...bars].sort((a, b) => a.from - b.from)) {
    const last = all.at(-1)
    if (last && from <= last.to) last.to = Math.max(last.to, to)
    else all.push({ from, to })
  }
  return all
}

function laidOut(kept: readonly { from: number; to: number }[], from: number): GanttClock {
  const sum = Math.max(
    1,
    kept.reduce((total, each) => total + each.to - each.from, 0),
  )
  const room = 1 - cutShare * (kept.length - 1)
  const stretches: Stretch[] = []
  const cuts: GanttClock['cuts'] = []
  let at = 0
  for (const each of kept) {
    const before = stretches.at(-1)
    if (before) {
      cuts.push({ at: at + cutShare / 2, ms: each.from - before.to })
      at += cutShare
    }
    const share = ((each.to - each.from) / sum) * room
    stretches.push({ ...each, left: at, right: at + share })
    at += share
  }
  return { x: (moment) => placeIn(stretches, moment), cuts, ticks: ticksOf(stretches), from }
}

function placeIn(stretches: readonly Stretch[], moment: number): number {
  let last = 0
  for (const { from, to, left, right } of stretches) {
    if (moment < from) return last
    if (moment <= to) return to === from ? left : left + ((moment - from) / (to - from)) * (right - left)
    last = right
  }
  return last
}

const roundSteps = [
  1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 15_000, 30_000, 60_000, 120_000, 300_000,
].concat([600_000, 900_000, 1_800_000, 3_600_000, 7_200_000, 21_600_000, 43_200_000, 86_400_000])

/** Round moments after the start; about seven, only in the first stretch, which begins with the run. */
function ticksOf([first]: readonly Stretch[]): GanttClock['ticks'] {
  if (!first || first.to <= first.from) return []
  const span = first.to - first.from
  const wanted = Math.max(1, Math.round(7 * (first.right - first.left)))
  const step = roundSteps.find((each) => span / each <= wanted) ?? 86_400_000
  const ticks: GanttClock['ticks'] = []
  for (let after = 0; after <= span; after += step) {
    ticks.push({ at: after, x: first.left + (after / span) * (first.right - first.left) })
  }
  return ticks
}
