/** Plays a range through the picture: one bar after the other, each shown when it has come, none skipped. */
import { useCallback, useEffect, useMemo, useState } from 'react'
import type { Span } from '~/time/range'

export interface Replay {
  /** The bar that the picture shows; null for the whole range. */
  frame: Span | null
  playing: boolean
  toggle: (bars: readonly Span[]) => void
  step: (bars: readonly Span[], by: number) => void
  show: (frame: Span | null) => void
  stop: () => void
  next: () => void
}

const pace = 450

/** Goes on to the next bar a moment after the present one has come. */
export function usePace({ playing, frame, next }: Replay, arrived: boolean): void {
  useEffect(() => {
    if (!playing || !arrived || !frame) return
    const timer = setTimeout(next, pace)
    return () => clearTimeout(timer)
  }, [playing, arrived, frame, next])
}

export function useReplay(): Replay {
  const [bars, setBars] = useState<readonly Span[]>([])
  const [at, setAt] = useState<number | null>(null)
  const [playing, setPlaying] = useState(false)
  const frame = at === null ? null : (bars[at] ?? null)
  const next = useCallback(() => {
    if (at !== null && at + 1 < bars.length) setAt(at + 1)
    else setPlaying(false)
  }, [at, bars])

  const stop = useCallback(() => {
    setPlaying(false)
    setAt(null)
  }, [])
  return useMemo(
    () => ({
      frame,
      playing,
      stop,
      next,
      toggle: (all) => {
        if (playing) {
          setPlaying(false)
          return
        }
        // The bars are those of the moment when it began: a refresh does not shift the film.
        if (at === null || at + 1 >= bars.length) {
          setBars(all)
          setAt(0)
        }
        setPlaying(true)
      },
      step: (all, by) => {
        setPlaying(false)
        if (at === null) {
          setBars(all)
          setAt(by > 0 ? 0 : Math.max(0, all.length - 1))
        } else setAt(Math.min(bars.length - 1, Math.max(0, at + by)))
      },
      show: (wanted) => {
        const place = wanted ? bars.findIndex((bar) => bar.from === wanted.from) : -1
        if (place >= 0) setAt(place)
      },
    }),
    [frame, playing, stop, next, at, bars],
  )
}
