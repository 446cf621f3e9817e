/**
 * Times of day and dates as people read them, in the zone that the time picker chose. Times are epoch milliseconds or
 * RFC 3339 texts; an unreadable one is "–", never "Invalid Date".
 */
import { type Lang, none } from './numbers'

export type Moment = number | string | Date | null | undefined

/** Epoch milliseconds, or null for what is no time. */
export function millis(moment: Moment): number | null {
  if (moment === null || moment === undefined) return null
  const at = typeof moment === 'number' ? moment : typeof moment === 'string' ? Date.parse(moment) : moment.getTime()
  return Number.isFinite(at) ? at : null
}

interface Parts {
  year: string
  month: string
  day: string
  hour: string
  minute: string
  second: string
  fractional: string
  offset: string
}

const printers = new Map<string, Intl.DateTimeFormat>()

function printer(zone: string): Intl.DateTimeFormat {
  let known = printers.get(zone)
  if (!known) {
    known = new Intl.DateTimeFormat('en-US', {
      timeZone: zone,
      hourCycle: 'h23',
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
      second: '2-digit',
      fractionalSecondDigits: 3,
      timeZoneName: 'longOffset',
    })
    printers.set(zone, known)
  }
  return known
}

function parts(at: number, zone: string): Parts {
  const found = { offset: 'GMT' } as Parts
  for (const { type, value } of printer(zone).formatToParts(at)) {
    if (type === 'timeZoneName') found.offset = value
    else if (type === 'fractionalSecond') found.fractional = value
    else if (type in { year: 1, month: 1, day: 1, hour: 1, minute: 1, second: 1 }) found[type as keyof Parts] = value
  }
  found.offset = found.offset === 'GMT' ? '+00:00' : found.offset.replace('GMT', '').replace('\u2212', '-')
  return found
}

function write(moment: Moment, zone: string, form: (parts: Parts) => string): string {
  const at = millis(moment)
  return at === null ? none : form(parts(at, zone))
}

/** "14:31:58.105" */
export const timeOfDay = (moment: Moment, zone: string) =>
  write(moment, zone, (p) => `${p.hour}:${p.minute}:${p.second}.${p.fractional}`)

/** "14:31:58" */
export const seconds = (moment: Moment, zone: string) => write(moment, zone, (p) => `${p.hour}:${p.minute}:${p.second}`)

/** "14:31" */
export const minutes = (moment: Moment, zone: string) => write(moment, zone, (p) => `${p.hour}:${p.minute}`)

/** "2026-11-22" */
export const date = (moment: Moment, zone: string) => write(moment, zone, (p) => `${p.year}-${p.month}-${p.day}`)

/** "2026-11-22 14:31" */
export const dateMinutes = (moment: Moment, zone: string) =>
  write(moment, zone, (p) => `${p.year}-${p.month}-${p.day} ${p.hour}:${p.minute}`)

/** "2026-11-22 14:31:58.105 +08:00": everything, for drawers and copies. */
export const fullTime = (moment: Moment, zone: string) =>
  write(
    moment,
    zone,
    (p) => `${p.year}-${p.month}-${p.day} ${p.hour}:${p.minute}:${p.second}.${p.fractional} ${p.offset}`,
  )

/** "11-22": day within a year, for axes. */
export const dayOfYear = (moment: Moment, zone: string) => write(moment, zone, (p) => `${p.month}-${p.day}`)

/** "14:31", or "14:31:58" unless `at` and those that stand beside it lie on whole minutes: two that differ never read alike. */
export const clock = (moment: Moment, zone: string, beside: readonly Moment[] = []) =>
  [moment, ...beside].every((each) => (millis(each) ?? 0) % 60_000 === 0)
    ? minutes(moment, zone)
    : seconds(moment, zone)

/** As short as `now` allows: "14:31" of today, "11-21 14:31" of this year, else with the year. */
export function near(moment: Moment, now: number, zone: string, beside?: readonly Moment[]): string {
  const [day, today] = [date(moment, zone), date(now, zone)]
  const time = clock(moment, zone, beside)
  if (day === today || day === none) return time
  return `${day.slice(0, 4) === today.slice(0, 4) ? day.slice(5) : day} ${time}`
}

/** "Mon" or "周一". */
export function weekday(moment: Moment, zone: string, lang: Lang): string {
  const at = millis(moment)
  if (at === null) return none
  return new Intl.DateTimeFormat(lang === 'zh' ? 'zh-CN' : 'en-US', { timeZone: zone, weekday: 'short' }).format(at)
}

/**
 * A label for a tick of a time axis that spans `spanMs`: seconds where any of its `ticks` is within a minute, so that no
 * two read alike; else minutes, or the day too, as the span asks.
 */
export function tick(moment: Moment, zone: string, spanMs: number, ticks: readonly number[] = []): string {
  if (ticks.some((at) => at % 60_000 !== 0)) return seconds(moment, zone)
  if (spanMs <= 26 * 3_600_000) return minutes(moment, zone)
  const clock = minutes(moment, zone)
  return clock === '00:00'
    ? dayOfYear(moment, zone)
    : spanMs <= 4 * 86_400_000
      ? `${dayOfYear(moment, zone)} ${clock}`
      : dayOfYear(moment, zone)
}
