/**
 * The now that all pages share. It stands still between refreshes, so that everything on the screen is of one moment,
 * and moves by the auto-refresh switch, by `R`, or, in live mode, with the stream.
 */
import { useEffect, useSyncExternalStore } from 'react'
import { useStream } from '~/api/stream'

/** The choices of the auto-refresh switch, in milliseconds. */
export const intervals: readonly number[] = [5000, 10_000, 30_000, 60_000, 300_000]

export interface Clock {
  /** Epoch milliseconds of the last refresh. */
  now: number
  /** Whether the page refreshes by itself, and how often. */
  auto: boolean
  interval: number
  /** Whether the stream drives the refreshes. */
  live: boolean
  /** Length of the server's buckets, in seconds; charts use multiples. */
  bucketSeconds: number
  /** Time of the oldest record, in epoch milliseconds; null while it is not known, or there is none. */
  dataSince: number | null
}

const remembered = 'magpie.refresh'

function recall(): Pick<Clock, 'auto' | 'interval'> {
  try {
    const { auto, interval } = JSON.parse(localStorage.getItem(remembered) ?? '{}') as Partial<Clock>
    return {
      auto: typeof auto === 'boolean' ? auto : true,
      interval: intervals.find((each) => each === interval) ?? 10_000,
    }
  } catch {
    return { auto: true, interval: 10_000 }
  }
}

let clock: Clock = { now: Date.now(), live: false, bucketSeconds: 60, dataSince: null, ...recall() }
const listeners = new Set<() => void>()

function change(part: Partial<Clock>) {
  clock = { ...clock, ...part }
  for (const listener of listeners) listener()
}

const subscribe = (listener: () => void) => {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

export const getClock = () => clock
export const useClock = () => useSyncExternalStore(subscribe, getClock, getClock)

/** Moves now to the present: everything that moves is fetched anew. */
export const refresh = () => change({ now: Math.max(Date.now(), clock.now + 1) })
export const setLive = (live: boolean) => change({ live, ...(live ? { now: Date.now() } : {}) })
export const setBucket = (bucketSeconds: number) => {
  if (bucketSeconds > 0 && bucketSeconds !== clock.bucketSeconds) change({ bucketSeconds })
}

export const setDataSince = (dataSince: number | null) => {
  if (dataSince !== clock.dataSince) change({ dataSince })
}

export function setRefresh(part: Partial<Pick<Clock, 'auto' | 'interval'>>): void {
  change(part)
  try {
    localStorage.setItem(remembered, JSON.stringify({ auto: clock.auto, interval: clock.interval }))
  } catch {
    // Without storage the choice holds until the page is closed.
  }
}

/** At most one refresh in so long while the stream drives. */
const livePace = 2000

/** Drives the clock; the shell calls it once. A hidden page rests and catches up when it is seen again. */
export function useTicking(): void {
  const { auto, interval, live } = useClock()
  useEffect(() => {
    if (!auto || live) return
    const timer = setInterval(() => {
      if (!document.hidden) refresh()
    }, interval)
    const seen = () => {
      if (!document.hidden && Date.now() - clock.now > interval) refresh()
    }
    document.addEventListener('visibilitychange', seen)
    return () => {
      clearInterval(timer)
      document.removeEventListener('visibilitychange', seen)
    }
  }, [auto, interval, live])

  const follow = () => {
    if (Date.now() - clock.now >= livePace) refresh()
  }
  useStream('rollup', follow, { on: live })
  useStream('alert', follow, { on: live })
}
