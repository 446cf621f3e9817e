/**
 * Asks the worker for a layout when the picture has no places yet, and else only adds what is new. Places are kept per
 * picture (monitor, mode, direction, what is entered) for the session, so that a refresh, a reload and coming back find
 * everything where it was.
 */
import { useEffect, useMemo, useRef, useState } from 'react'
import { grown, laidOut, mostlyKnown } from './place'
import type { Box, LayoutQuestion, Placement, Way } from './types'

const prefix = 'magpie.map.'
/** Larger pictures are laid out again after a reload rather than stored. */
const mostStored = 300_000

const session = new Map<string, Placement>()

function recall(key: string): Placement | null {
  const known = session.get(key)
  if (known) return known
  try {
    return JSON.parse(sessionStorage.getItem(prefix + key) ?? 'null') as Placement | null
  } catch {
    return null
  }
}

function remember(key: string, placement: Placement) {
  session.set(key, placement)
  try {
    const text = JSON.stringify(placement)
    if (text.length < mostStored) sessionStorage.setItem(prefix + key, text)
  } catch {
    // Without storage the places last as long as the page.
  }
}

let worker: Worker | null = null
let turns = 0
const waiting = new Map<number, (placement: Placement) => void>()

function ask(question: LayoutQuestion): Promise<Placement> {
  if (typeof Worker === 'undefined') return Promise.resolve(laidOut(question))
  if (!worker) {
    worker = new Worker(new URL('./layout.worker.ts', import.meta.url), { type: 'module' })
    worker.addEventListener('message', ({ data }: MessageEvent<{ turn: number; placement: Placement }>) => {
      waiting.get(data.turn)?.(data.placement)
      waiting.delete(data.turn)
    })
  }
  turns += 1
  const turn = turns
  worker.postMessage({ turn, question })
  return new Promise((resolve) => waiting.set(turn, resolve))
}

export interface LayoutWish {
  /** What the places belong to. */
  key: string
  mode: 'tree' | 'free'
  direction: 'right' | 'down'
  boxes: readonly Box[]
  ways: readonly Way[]
  /** Asked when a layout is: what it is seen in then. */
  window: () => { width: number; height: number } | null
}

export interface Layout {
  key: string
  placement: Placement
  /** Grows with each layout from scratch: the view is fitted anew. */
  fresh: number
}

export function useLayout(wish: LayoutWish | null): { layout: Layout | null; busy: boolean; redo: () => void } {
  const [layout, setLayout] = useState<Layout | null>(null)
  const [busy, setBusy] = useState(false)
  const [redone, setRedone] = useState(0)
  const done = useRef(0)
  const before = useRef<Placement | null>(null)
  const latest = useRef(wish)
  latest.current = wish
  // Only what is there matters: sizes of labels and cards may change with every refresh, places must not.
  const asked = wish
    ? JSON.stringify([wish.key, wish.boxes.map(({ id }) => id).sort(), wish.ways.map(({ id }) => id).sort()])
    : ''

  useEffect(() => {
    const now = latest.current
    if (!now || asked === '') return
    const again = redone !== done.current
    done.current = redone
    const keep = (placement: Placement, from: 'scratch' | 'known') => {
      before.current = placement
      remember(now.key, placement)
      setLayout((last) => ({
        key: now.key,
        placement,
        fresh: (last?.fresh ?? 0) + (from === 'scratch' || last?.key !== now.key ? 1 : 0),
      }))
    }
    const known = again ? null : recall(now.key)
    const question: LayoutQuestion = { ...now, window: now.window(), before: again ? null : before.current }
    if (known && mostlyKnown(now.boxes, known)) {
      keep(grown(question, known), 'known')
      return
    }
    let gone = false
    setBusy(true)
    void ask(question).then((placement) => {
      if (gone) return
      setBusy(false)
      keep(placement, 'scratch')
    })
    return () => {
      gone = true
      setBusy(false)
    }
  }, [asked, redone])

  return useMemo(
    () => ({
      layout: layout && wish && layout.key === wish.key ? layout : null,
      busy,
      redo: () => setRedone((count) => count + 1),
    }),
    [layout, busy, wish],
  )
}
