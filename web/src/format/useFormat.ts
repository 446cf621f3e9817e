/** The formatters, bound to the language and zone in force. Pages use this, never the bare functions. */
import { useMemo } from 'react'
import { useLang } from '~/i18n'
import { useZone } from '~/time/useRange'
import { fieldFormatter, type Measured } from './fields'
import * as moments from './moments'
import type { Maybe } from './numbers'
import * as numbers from './numbers'

export function useFormat() {
  const lang = useLang()
  const zone = useZone()
  return useMemo(
    () => ({
      lang,
      zone,
      count: (value: Maybe) => numbers.count(value, lang),
      duration: (ms: Maybe, options?: { trim?: boolean }) => numbers.duration(ms, lang, options),
      rate: (perSecond: Maybe, of?: Parameters<typeof numbers.rate>[2]) => numbers.rate(perSecond, lang, of),
      share: (value: Maybe, options?: { decimals?: number }) => numbers.share(value, lang, options),
      bytes: (value: Maybe) => numbers.bytes(value, lang),
      since: (ms: Maybe) => numbers.since(ms, lang),
      exact: numbers.exact,
      /** The formatter of a measured field under an aggregation. */
      field: (field: Measured, aggregate?: string, options?: { trim?: boolean }) =>
        fieldFormatter(field, aggregate, lang, options),
      timeOfDay: (moment: moments.Moment) => moments.timeOfDay(moment, zone),
      seconds: (moment: moments.Moment) => moments.seconds(moment, zone),
      minutes: (moment: moments.Moment) => moments.minutes(moment, zone),
      clock: (moment: moments.Moment, beside?: readonly moments.Moment[]) => moments.clock(moment, zone, beside),
      near: (moment: moments.Moment, now: number, beside?: readonly moments.Moment[]) =>
        moments.near(moment, now, zone, beside),
      date: (moment: moments.Moment) => moments.date(moment, zone),
      dateMinutes: (moment: moments.Moment) => moments.dateMinutes(moment, zone),
      fullTime: (moment: moments.Moment) => moments.fullTime(moment, zone),
      weekday: (moment: moments.Moment) => moments.weekday(moment, zone, lang),
      tick: (moment: moments.Moment, spanMs: number, ticks?: readonly number[]) =>
        moments.tick(moment, zone, spanMs, ticks),
    }),
    [lang, zone],
  )
}

export type Format = ReturnType<typeof useFormat>
