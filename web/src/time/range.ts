/**
 * The one time range of all pages, as a value: relative to now, named after days and weeks, or absolute. It is written
 * as two short texts, `from` and `to`, in the URL and in the picker's fields alike (`now-30m`, `yesterday`,
 * `2026-11-20 10:00`), and is resolved to moments against a given now and zone. No clock in here.
 */
import { dateMinutes, fullTime } from '~/format/moments'
import { isZone, moment, startOfDay, startOfWeek, wallTime } from './zones'

export const namedRanges = ['today', 'yesterday', 'day-before-yesterday', 'this-week', 'last-week'] as const
export type NamedRange = (typeof namedRanges)[number]

export type Range =
  /** The last `ms` milliseconds. */
  | { kind: 'relative'; ms: number }
  | { kind: 'named'; name: NamedRange }
  /** Each end a text as typed: absolute, or `now` with a distance. */
  | { kind: 'between'; from: string; to: string }

export interface Span {
  /** Epoch milliseconds; `to` is the first moment after. */
  from: number
  to: number
}

/** What the URL holds. */
export interface RangeSearch {
  from?: string
  to?: string
  zone?: string
}

const minute = 60_000
const hour = 60 * minute
const day = 24 * hour

/** The relative choices of the picker, in milliseconds. */
export const relativeChoices: readonly number[] = [
  5 * minute,
  15 * minute,
  30 * minute,
  hour,
  6 * hour,
  day,
  3 * day,
  7 * day,
  30 * day,
]

/** The shortest choice that goes back so far; null when the longest does not. */
export const shortestBack = (ms: number): number | null => relativeChoices.find((choice) => choice >= ms) ?? null

const units: Record<string, number> = { ms: 1, s: 1000, m: minute, h: hour, d: day, w: 7 * day }

/** "2h", "1h30m", "7d" in milliseconds; null for what is none. */
export function parseSpan(text: string): number | null {
  if (!/^(\d+(ms|s|m|h|d|w))+$/.test(text)) return null
  let sum = 0
  for (const [, amount, unit] of text.matchAll(/(\d+)(ms|s|m|h|d|w)/g)) sum += Number(amount) * (units[unit ?? ''] ?? 0)
  return sum > 0 && Number.isSafeInteger(sum) ? sum : null
}

/** Milliseconds in the largest unit that divides them: 5400000 is "90m". */
export function writeSpan(ms: number): string {
  for (const unit of ['d', 'h', 'm', 's'] as const) {
    const size = units[unit] ?? 1
    if (ms >= size && ms % size === 0) return `${ms / size}${unit}`
  }
  return `${ms}ms`
}

/** One end, as typed: `now`, `now-2h`, `2026-11-20`, `2026-11-20 10:00[:30]`, `10:00` today, RFC 3339, epoch milliseconds. */
export function parseMoment(text: string, now: number, zone: string): number | null {
  const typed = text.trim()
  if (typed === 'now') return now
  const relative = /^now\s*([+-])\s*(\w+)$/.exec(typed)
  if (relative) {
    const span = parseSpan(relative[2] ?? '')
    return span === null ? null : now + (relative[1] === '-' ? -span : span)
  }
  if (/^\d{11,14}$/.test(typed)) return Number(typed)
  if (/^\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?\s*(Z|[+-]\d\d:?\d\d)$/.test(typed)) {
    const at = Date.parse(typed.replace(' ', 'T').replace(/\s+/g, ''))
    return Number.isNaN(at) ? null : at
  }
  return parseWallTime(typed, now, zone)
}

function parseWallTime(typed: string, now: number, zone: string): number | null {
  const found = /^(?:(\d{4})-(\d{1,2})-(\d{1,2}))?(?:(?:^|[T ]+)(\d{1,2}):(\d\d)(?::(\d\d)(?:\.(\d{1,3}))?)?)?$/.exec(
    typed,
  )
  if (!found || typed === '') return null
  const number = (at: number) => (found[at] === undefined ? undefined : Number(found[at]))
  const today = wallTime(now, zone)
  const wall = {
    year: number(1) ?? today.year,
    month: number(2) ?? today.month,
    day: number(3) ?? today.day,
    hour: number(4) ?? 0,
    minute: number(5) ?? 0,
    second: number(6) ?? 0,
    millisecond: found[7] === undefined ? 0 : Number(found[7].padEnd(3, '0')),
  }
  const days = new Date(Date.UTC(wall.year, wall.month, 0)).getUTCDate()
  const sane =
    wall.month >= 1 && wall.month <= 12 && wall.day >= 1 && wall.day <= days && wall.hour < 24 && wall.minute < 60
  return sane && wall.second < 60 ? moment(wall, zone) : null
}

/** The range that a URL or the picker's two fields tell; null when they make none. */
export function parseRange(from: string, to: string | undefined, zone = 'UTC'): Range | null {
  const begin = from.trim()
  const end = to?.trim() || 'now'
  if ((namedRanges as readonly string[]).includes(begin)) return { kind: 'named', name: begin as NamedRange }
  const back = /^now\s*-\s*(\w+)$/.exec(begin)
  if (back && end === 'now') {
    const ms = parseSpan(back[1] ?? '')
    return ms === null ? null : { kind: 'relative', ms }
  }
  // A fixed now suffices to tell whether both are moments in order; the clock may have moved on when they are resolved.
  const now = Date.now()
  const [first, last] = [parseMoment(begin, now, zone), parseMoment(end, now, zone)]
  if (first === null || last === null || first >= last) return null
  return { kind: 'between', from: begin, to: end }
}

/** One line of typing: "2h", "yesterday", "2026-11-20 10:00 to 2026-11-20 12:00". */
export function parsePhrase(text: string, zone: string): Range | null {
  const typed = text.trim()
  const span = parseSpan(typed)
  if (span !== null) return { kind: 'relative', ms: span }
  const [from, to] = typed.split(/\s+(?:to|–|-|—|至|到)\s+|\s*\.\.\s*/)
  return from ? parseRange(from, to, zone) : null
}

/** As the URL has it. */
export function writeRange(range: Range): { from: string; to?: string } {
  switch (range.kind) {
    case 'relative':
      return { from: `now-${writeSpan(range.ms)}` }
    case 'named':
      return { from: range.name }
    case 'between':
      return { from: range.from, to: range.to }
  }
}

/** The moments of a range. */
export function resolve(range: Range, now: number, zone: string): Span {
  switch (range.kind) {
    case 'relative':
      return { from: now - range.ms, to: now }
    case 'named':
      return resolveNamed(range.name, now, zone)
    case 'between': {
      const from = parseMoment(range.from, now, zone) ?? now - hour
      const to = parseMoment(range.to, now, zone) ?? now
      return { from, to: Math.max(to, from + 1) }
    }
  }
}

/**
 * The end of a relative range that can have data: as long as the shortest choice that goes back to the first record. An hour of which
 * a minute has data would be a dot at the right edge; by whole choices, so that a refresh moves nothing.
 */
export function sinceData(span: Span, range: Range, first: number | null): Span {
  if (range.kind !== 'relative' || first === null) return span
  const ms = shortestBack(span.to - first)
  return ms === null || ms >= range.ms ? span : { from: span.to - ms, to: span.to }
}

/** Seconds of a range that can have data, one at least: what a rate is of, lest a store of a minute's age show a sixtieth of its calls. */
export function secondsWithData({ from, to }: Span, first: number | null): number {
  const begin = first === null || first >= to ? from : Math.max(from, first)
  return Math.max(1, (to - begin) / 1000)
}

function resolveNamed(name: NamedRange, now: number, zone: string): Span {
  switch (name) {
    case 'today':
      return { from: startOfDay(now, zone), to: now }
    case 'yesterday':
      return { from: startOfDay(now, zone, -1), to: startOfDay(now, zone) }
    case 'day-before-yesterday':
      return { from: startOfDay(now, zone, -2), to: startOfDay(now, zone, -1) }
    case 'this-week':
      return { from: startOfWeek(now, zone), to: now }
    case 'last-week':
      return { from: startOfWeek(now, zone, -1), to: startOfWeek(now, zone) }
  }
}

/** Whether the range ends at now, so that refreshing moves it. */
export function moves(range: Range): boolean {
  if (range.kind === 'relative') return true
  if (range.kind === 'named') return range.name === 'today' || range.name === 'this-week'
  return range.from.startsWith('now') || range.to.startsWith('now')
}

/** A range of fixed moments, written so that it means the same in every zone. */
export function between(from: number, to: number): Range {
  const [first, last] = from <= to ? [from, to] : [to, from]
  const text = (at: number) => new Date(Math.round(at)).toISOString().replace('.000Z', 'Z')
  return { kind: 'between', from: text(first), to: text(Math.max(last, first + 1000)) }
}

/** As long a range, a minute at least, that ends just after a moment, on a whole minute. */
export function endingAt(at: number, length: number): Range {
  const end = (Math.floor(at / minute) + 1) * minute
  return between(end - Math.max(minute, length), end)
}

/** The range before or after this one: by its whole length, from fixed moments. */
export function shifted({ from, to }: Span, direction: -1 | 1): Range {
  const length = to - from
  return between(from + direction * length, to + direction * length)
}

/** Twice as long, around the same middle. */
export function widened({ from, to }: Span, now: number): Range {
  const half = (to - from) / 2
  return between(from - half, Math.min(to + half, Math.max(now, to)))
}

/** "2026-11-22 14:02 – 14:32": the second date only where it differs, the year only where it is not this one. */
export function describeSpan({ from, to }: Span, zone: string, now: number): string {
  const [a, b] = [dateMinutes(from, zone), dateMinutes(to, zone)]
  const today = dateMinutes(now, zone).slice(0, 10)
  const sameDay = a.slice(0, 10) === b.slice(0, 10)
  if (sameDay && a.slice(0, 10) === today) return `${a.slice(11)} – ${b.slice(11)}`
  if (sameDay) return `${a} – ${b.slice(11)}`
  if (a.slice(0, 4) !== b.slice(0, 4)) return `${a} – ${b}`
  return a.slice(0, 4) === today.slice(0, 4) ? `${a.slice(5)} – ${b.slice(5)}` : `${a} – ${b.slice(5)}`
}

/** As the picker's fields show a range's ends. */
export function writeEnds(range: Range, now: number, zone: string): { from: string; to: string } {
  if (range.kind === 'relative') return { from: `now-${writeSpan(range.ms)}`, to: 'now' }
  if (range.kind === 'between') {
    const shown = (text: string) => (text.startsWith('now') ? text : wallText(parseMoment(text, now, zone), zone, text))
    return { from: shown(range.from), to: shown(range.to) }
  }
  const span = resolve(range, now, zone)
  return { from: wallText(span.from, zone), to: moves(range) ? 'now' : wallText(span.to, zone) }
}

function wallText(at: number | null, zone: string, otherwise = ''): string {
  if (at === null) return otherwise
  const text = fullTime(at, zone).slice(0, 19)
  return text.endsWith(':00') ? text.slice(0, 16) : text
}

/** The bucket lengths that charts may have, in seconds. */
const steps = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400, 21_600, 43_200, 86_400, 604_800]

/** The least bucket length, a multiple of the server's, that makes at most `most` buckets of a span. In seconds. */
export function stepFor({ from, to }: Span, bucketSeconds: number, most = 120): number {
  const least = (to - from) / 1000 / most
  const found = steps.find((step) => step >= least && step >= bucketSeconds && step % bucketSeconds === 0)
  const plain = Math.max(1, Math.ceil(least / bucketSeconds)) * bucketSeconds
  // A bucket that no round length is a multiple of would give far too few columns: then a plain multiple of it.
  return found !== undefined && found <= plain * 6 ? found : plain
}

/** The part of a URL's search that is about time; what makes no sense is left out, never an error. */
export function rangeSearch(search: Record<string, unknown>): RangeSearch {
  const text = (value: unknown) => (typeof value === 'string' || typeof value === 'number' ? String(value) : undefined)
  const [from, to, zone] = [text(search.from), text(search.to), text(search.zone)]
  const known = zone !== undefined && isZone(zone) ? { zone } : {}
  if (from === undefined || parseRange(from, to, zone && isZone(zone) ? zone : 'UTC') === null) return known
  return to === undefined ? { from, ...known } : { from, to, ...known }
}
