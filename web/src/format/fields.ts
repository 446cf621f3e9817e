/**
 * Which formatter a measured field takes: by its unit (after UCUM: ms, s, By, 1) and the aggregation. A count is a
 * count whatever is counted, a rate is per second, and the average of a flag is a share.
 */
import { bytes, count, duration, type Lang, type Maybe, rate, share } from './numbers'

/** What `/api/v1/fields` tells of a field, as far as its numbers go. */
export interface Measured {
  name: string
  unit?: string | null
  flag?: boolean
}

/** Milliseconds in a unit of time. */
const timeUnits: Record<string, number> = { ns: 1e-6, us: 1e-3, ms: 1, s: 1000, min: 60_000, h: 3_600_000 }
const byteUnits: Record<string, number> = { By: 1, kBy: 1e3, MBy: 1e6, KiBy: 1024, MiBy: 1024 ** 2 }

export function fieldFormatter(
  field: Measured,
  aggregate: string | undefined,
  lang: Lang,
  options: { trim?: boolean } = {},
): (value: Maybe) => string {
  if (aggregate === 'count' || aggregate === 'distinct') return (value) => count(value, lang)
  if (aggregate === 'rate') return (value) => rate(value, lang)
  if (field.flag && aggregate !== 'sum') return (value) => share(value, lang)
  const time = timeUnits[field.unit ?? '']
  if (time !== undefined) return (value) => duration(scaled(value, time), lang, options)
  const size = byteUnits[field.unit ?? '']
  if (size !== undefined) return (value) => bytes(scaled(value, size), lang)
  if (field.unit === '%') return (value) => share(scaled(value, 0.01), lang)
  return (value) => count(value, lang)
}

const scaled = (value: Maybe, by: number): Maybe => (value === null || value === undefined ? value : value * by)
