/**
 * The range in force: that of the URL, else the page's own default, cut to where data begin. Whoever changes it writes the URL, so that all
 * pages, a reload and a second browser see the same.
 */
import { useMatches, useNavigate, useSearch } from '@tanstack/react-router'
import { useCallback, useMemo } from 'react'
import { useClock } from './clock'
import {
  between,
  parseRange,
  type Range,
  type RangeSearch,
  resolve,
  type Span,
  sinceData,
  stepFor,
  writeRange,
} from './range'
import { browserZone } from './zones'

declare module '@tanstack/react-router' {
  interface StaticDataRouteOption {
    /** The range with which the page opens while none is chosen, as the URL would write it. */
    defaultRange?: string
  }
}

const lastHour: Range = { kind: 'relative', ms: 3_600_000 }

export interface RangeInForce extends Span {
  range: Range
  /** Whether it was chosen, or is the page's default. */
  chosen: boolean
  /** Whether it begins where data begin, since more of it has none; only of a page's default. */
  cut: boolean
  /** Bucket length that suits charts of this range, in seconds. */
  step: number
  /** As the API takes them, RFC 3339. */
  query: { from: string; to: string }
  setRange: (range: Range | null) => void
  /** For what was dragged on a chart: any two moments, in either order. */
  zoomTo: (from: number, to: number) => void
}

/** The zone in force: that of the URL, else the browser's. */
export function useZone(): string {
  const { zone } = useSearch({ strict: false }) as RangeSearch
  return zone ?? browserZone()
}

export function useRange(): RangeInForce {
  const { from, to } = useSearch({ strict: false }) as RangeSearch
  const zone = useZone()
  const preset = useMatches({ select: (matches) => matches.at(-1)?.staticData?.defaultRange })
  const { now, bucketSeconds, dataSince } = useClock()
  const navigate = useNavigate()

  const setRange = useCallback(
    (range: Range | null) => {
      void navigate({
        to: '.',
        search: (before: object) => ({
          ...before,
          from: undefined,
          to: undefined,
          ...(range ? writeRange(range) : {}),
        }),
      } as never)
    },
    [navigate],
  )
  const zoomTo = useCallback((a: number, b: number) => setRange(between(a, b)), [setRange])

  return useMemo(() => {
    const chosen = from === undefined ? null : parseRange(from, to, zone)
    const range = chosen ?? (preset ? parseRange(preset, undefined, zone) : null) ?? lastHour
    const whole = resolve(range, now, zone)
    const span = chosen ? whole : sinceData(whole, range, dataSince)
    return {
      ...span,
      range,
      chosen: chosen !== null,
      cut: span.from > whole.from,
      step: stepFor(span, bucketSeconds),
      query: { from: new Date(span.from).toISOString(), to: new Date(span.to).toISOString() },
      setRange,
      zoomTo,
    }
  }, [from, to, zone, preset, now, bucketSeconds, dataSince, setRange, zoomTo])
}

/** Changes the zone for all pages; null goes back to the browser's. */
export function useSetZone(): (zone: string | null) => void {
  const navigate = useNavigate()
  return useCallback(
    (zone) => {
      void navigate({ to: '.', search: (before: object) => ({ ...before, zone: zone ?? undefined }) } as never)
    },
    [navigate],
  )
}
