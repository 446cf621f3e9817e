/**
 * Calendar arithmetic in a named zone, with `Intl` as the only source of offsets: the start of a day, days before it,
 * and wall-clock times, right across changes of the clocks.
 */

export interface WallTime {
  year: number
  /** From 1. */
  month: number
  day: number
  hour?: number
  minute?: number
  second?: number
  millisecond?: number
}

const printers = new Map<string, Intl.DateTimeFormat>()

function printer(zone: string): Intl.DateTimeFormat {
  let known = printers.get(zone)
  if (!known) {
    known = new Intl.DateTimeFormat('en-US', {
      timeZone: zone,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    })
    printers.set(zone, known)
  }
  return known
}

/** What asking the browser said last: every row of a list asks, and asking costs more than drawing it. */
let own = { zone: 'UTC', until: 0 }

/** The browser's own zone. Who travels sees it within a minute. */
export function browserZone(): string {
  const now = Date.now()
  if (now >= own.until || own.until - now > 60_000) {
    own = { zone: Intl.DateTimeFormat().resolvedOptions().timeZone || 'UTC', until: now + 60_000 }
  }
  return own.zone
}

/** Whether `Intl` knows the zone. */
export function isZone(zone: string): boolean {
  try {
    printer(zone)
    return zone.length > 0
  } catch {
    return false
  }
}

/** What clocks in the zone show at a moment. */
export function wallTime(at: number, zone: string): Required<WallTime> {
  const found: Record<string, number> = {}
  for (const { type, value } of printer(zone).formatToParts(at)) found[type] = Number(value)
  return {
    year: found.year ?? 1970,
    month: found.month ?? 1,
    day: found.day ?? 1,
    hour: found.hour ?? 0,
    minute: found.minute ?? 0,
    second: found.second ?? 0,
    millisecond: ((at % 1000) + 1000) % 1000,
  }
}

function asUtc(wall: WallTime): number {
  const { year, month, day, hour = 0, minute = 0, second = 0, millisecond = 0 } = wall
  return Date.UTC(year, month - 1, day, hour, minute, second, millisecond)
}

/** How far the zone is ahead of UTC at a moment, in milliseconds. */
export function offsetAt(at: number, zone: string): number {
  return asUtc(wallTime(at, zone)) - at
}

/**
 * The moment when clocks in the zone show this. Of a time that comes twice, the first; of one that is skipped, as many
 * minutes after the jump as it lies behind it.
 */
export function moment(wall: WallTime, zone: string): number {
  const utc = asUtc(wall)
  const before = offsetAt(utc - 86_400_000, zone)
  const after = offsetAt(utc + 86_400_000, zone)
  for (const offset of [before, after]) {
    const at = utc - offset
    if (offsetAt(at, zone) === offset) return at
  }
  return utc - before
}

/** Start of the day that lies `days` after the one of `at` (negative: before). */
export function startOfDay(at: number, zone: string, days = 0): number {
  const { year, month, day } = wallTime(at, zone)
  return moment({ year, month, day: day + days }, zone)
}

/** Start of the week, a Monday, that lies `weeks` after the one of `at`. */
export function startOfWeek(at: number, zone: string, weeks = 0): number {
  const { year, month, day } = wallTime(at, zone)
  const sinceMonday = (new Date(Date.UTC(year, month - 1, day)).getUTCDay() + 6) % 7
  return moment({ year, month, day: day - sinceMonday + 7 * weeks }, zone)
}
