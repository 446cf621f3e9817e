/**
 * The layer over a chart that takes pointer, touch and keys: moving sets the shared cursor, dragging takes a range,
 * arrow keys walk through the buckets and Shift with them marks a range that Enter takes. On touch a tap or a sideways
 * stroke moves the cursor, so that the page still scrolls. For screen readers it is a slider that reads out its bucket.
 */
import { type KeyboardEvent, type PointerEvent, useRef, useState } from 'react'
import styles from './charts.module.css'
import { useCursor, useCursorGroup } from './cursor'
import { bucketStart, type Frame, momentAt, nearestBucket, type Plot, xOf } from './frame'

export interface SurfaceProps {
  id: string
  label: string
  frame: Frame
  plot: Plot
  onRange?: (from: number, to: number) => void
  /** A click or Enter on a bucket. */
  onPick?: (index: number, near: string | null) => void
  /** What the bucket says, in words. */
  speak: (index: number) => string
  /** The series at a height, by key. */
  near?: (index: number, y: number) => string | null
}

/** Fewer pixels than this are a click, not a drag. */
const leastDrag = 6

interface Drag {
  /** Pixels within the chart's box. */
  begin: number
  end: number
}

export function Surface(props: SurfaceProps) {
  const { id, label, frame, plot, onRange, speak } = props
  const cursor = useCursor()
  const index = cursor ? nearestBucket(frame, cursor.at) : frame.count - 1
  const { drag, mark, pointer, keys } = useMoves(props, index)
  const box = drag ?? mark
  const inside = cursor !== null && cursor.at >= frame.from - frame.step && cursor.at < frame.to
  const x = xOf(frame, plot, bucketStart(frame, index) + frame.step / 2)
  return (
    <>
      {inside && !drag && (
        <div className={styles.cursor} style={{ left: x, top: plot.top, height: plot.height }} aria-hidden />
      )}
      {box && (
        <div
          className={styles.drag}
          style={{
            left: Math.min(box.begin, box.end),
            width: Math.abs(box.end - box.begin),
            top: plot.top,
            height: plot.height,
          }}
        />
      )}
      <div
        className={styles.surface}
        style={{ left: plot.left, top: plot.top, width: plot.width, height: plot.height }}
        data-zooms={onRange !== undefined}
        role="slider"
        tabIndex={0}
        aria-label={label}
        aria-valuemin={0}
        aria-valuemax={frame.count - 1}
        aria-valuenow={index}
        aria-valuetext={cursor?.owner === id ? speak(index) : label}
        {...pointer}
        {...keys}
      />
    </>
  )
}

function useMoves({ id, frame, plot, onRange, onPick, near }: SurfaceProps, index: number) {
  const group = useCursorGroup()
  const [drag, setDrag] = useState<Drag | null>(null)
  const [anchor, setAnchor] = useState<number | null>(null)
  const pressed = useRef<number | null>(null)

  const place = (event: PointerEvent<HTMLElement>) => {
    const box = event.currentTarget.getBoundingClientRect()
    const x = plot.left + Math.min(box.width, Math.max(0, event.clientX - box.left))
    return { x, y: plot.top + event.clientY - box.top }
  }
  const point = (x: number, y: number) => {
    const at = nearestBucket(frame, momentAt(frame, plot, x))
    group.set({ at: bucketStart(frame, at), owner: id, near: near?.(at, y) ?? null })
    return at
  }
  const take = (a: number, b: number) => onRange?.(Math.min(a, b), Math.max(a, b))

  const pointer = {
    onPointerDown: (event: PointerEvent<HTMLElement>) => {
      if (event.button !== 0) return
      const { x, y } = place(event)
      setAnchor(null)
      point(x, y)
      pressed.current = x
      if (event.pointerType === 'touch' || !onRange) return
      event.currentTarget.setPointerCapture(event.pointerId)
      setDrag({ begin: x, end: x })
    },
    onPointerMove: (event: PointerEvent<HTMLElement>) => {
      const { x, y } = place(event)
      point(x, y)
      if (drag) setDrag({ ...drag, end: x })
    },
    onPointerUp: (event: PointerEvent<HTMLElement>) => {
      const { x, y } = place(event)
      const begin = pressed.current
      pressed.current = null
      setDrag(null)
      if (begin === null) return
      if (Math.abs(x - begin) < leastDrag) {
        const at = point(x, y)
        if (event.pointerType !== 'touch') onPick?.(at, near?.(at, y) ?? null)
      } else if (event.pointerType !== 'touch') take(momentAt(frame, plot, begin), momentAt(frame, plot, x))
    },
    onPointerCancel: () => {
      pressed.current = null
      setDrag(null)
    },
    onPointerLeave: (event: PointerEvent<HTMLElement>) => {
      if (event.pointerType !== 'touch' && !drag) group.leave(id)
    },
  }

  const keys = {
    onFocus: () => {
      if (pressed.current === null && group.get()?.owner !== id) {
        group.set({ at: bucketStart(frame, index), owner: id, near: null })
      }
    },
    onBlur: () => {
      setAnchor(null)
      group.leave(id)
    },
    onKeyDown: (event: KeyboardEvent<HTMLElement>) => {
      const moves: Record<string, number> = { ArrowLeft: -1, ArrowRight: 1, PageUp: -10, PageDown: 10 }
      const ends: Record<string, number> = { Home: 0, End: frame.count - 1 }
      const to = ends[event.key] ?? (moves[event.key] === undefined ? null : index + (moves[event.key] ?? 0))
      if (to !== null) {
        event.preventDefault()
        setAnchor(event.shiftKey ? (anchor ?? index) : null)
        const at = Math.min(frame.count - 1, Math.max(0, to))
        group.set({ at: bucketStart(frame, at), owner: id, near: null })
      } else if (event.key === 'Enter') {
        event.preventDefault()
        if (anchor === null) onPick?.(index, null)
        else take(bucketStart(frame, Math.min(anchor, index)), bucketStart(frame, Math.max(anchor, index) + 1))
        setAnchor(null)
      } else if (event.key === 'Escape' && anchor !== null) {
        event.stopPropagation()
        setAnchor(null)
      }
    },
  }

  const moved = drag !== null && Math.abs(drag.end - drag.begin) >= leastDrag
  const mark =
    anchor === null
      ? null
      : {
          begin: xOf(frame, plot, bucketStart(frame, Math.min(anchor, index))),
          end: xOf(frame, plot, bucketStart(frame, Math.max(anchor, index) + 1)),
        }
  return { drag: moved ? drag : null, mark, pointer, keys }
}
