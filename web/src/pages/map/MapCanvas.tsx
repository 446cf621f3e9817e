/**
 * The picture and the hands on it: drag pans, wheel and pinch zoom, hover explains, a click selects, a double click
 * enters. The canvas has no DOM, so the keyboard and screen readers walk the list beside it (`Walk`).
 */
import { useEffect, useRef } from 'react'
import { useTranslation } from 'react-i18next'
import { recallCamera, rememberCamera } from './camera'
import type { Look } from './draw/paint'
import { type Hit, type Marks, Stage } from './draw/Stage'
import type { Scene } from './draw/scene'
import type { Point } from './layout/types'
import styles from './map.module.css'

interface MapCanvasProps {
  scene: Scene
  look: Look
  marks: Marks
  /** The view is fitted when this changes, or resumed where somebody left it. */
  fresh: string
  /** Which picture it is: a view that was left is kept for it. */
  place: string
  onStage: (stage: Stage | null) => void
  onHover: (hit: Hit, at: Point) => void
  onSelect: (hit: Hit) => void
  onEnter: (hit: Hit) => void
  onHiddenLabels: (count: number) => void
  /** A hand is on the picture: what is behind it should wait. */
  onHold: (held: boolean) => void
}

/** So long the view must rest before it is kept. */
const keepAfter = 150
/** So far the pointer may move in a click. */
const slack = 4

export function MapCanvas(props: MapCanvasProps) {
  const { scene, look, marks, fresh } = props
  const { t } = useTranslation('map')
  const canvas = useRef<HTMLCanvasElement>(null)
  const frame = useRef<HTMLDivElement>(null)
  const stage = useRef<Stage | null>(null)
  const latest = useRef(props)
  latest.current = props

  useEffect(() => {
    if (!canvas.current || !frame.current) return
    const made = new Stage(canvas.current)
    stage.current = made
    made.onHiddenLabels = (count) => latest.current.onHiddenLabels(count)
    const grid = frame.current
    let settled: ReturnType<typeof setTimeout> | undefined
    made.onCamera = ({ x, y, zoom }) => {
      const { place } = latest.current
      clearTimeout(settled)
      settled = setTimeout(() => rememberCamera(place, made.fitted ? null : made.camera), keepAfter)
      grid.style.backgroundPosition = `${-x * zoom + grid.clientWidth / 2}px ${-y * zoom + grid.clientHeight / 2}px`
    }
    const watch = new ResizeObserver(([entry]) => {
      if (!entry) return
      const { width, height } = entry.contentRect
      made.resize(width, height, Math.min(2, window.devicePixelRatio))
      if (!fitted.current) fitted.current = fitNow(made, latest.current.place)
    })
    watch.observe(frame.current)
    latest.current.onStage(made)
    return () => {
      watch.disconnect()
      clearTimeout(settled)
      made.stop()
      stage.current = null
      latest.current.onStage(null)
    }
  }, [])

  const fitted = useRef(false)
  const fittedFor = useRef('')
  useEffect(() => stage.current?.show(scene, look), [scene, look])
  useEffect(() => stage.current?.mark(marks), [marks])
  useEffect(() => {
    if (fittedFor.current === fresh || !stage.current) return
    fittedFor.current = fresh
    fitted.current = fitNow(stage.current, latest.current.place)
  }, [fresh])

  useGestures(frame, stage, latest)
  return (
    <div ref={frame} className={styles.canvas} data-testid="map-canvas">
      <canvas ref={canvas} aria-label={t('picture')} role="img" />
    </div>
  )
}

function fitNow(stage: Stage, place: string): boolean {
  const left = recallCamera(place)
  if (left && stage.scene) stage.resume(left)
  else stage.arrive()
  return (
    stage.seen().width > 0 && Number.isFinite(stage.seen().width) && stage.seen().width !== 0 && stage.scene !== null
  )
}

type Ref<T> = { readonly current: T }

function useGestures(frame: Ref<HTMLDivElement | null>, stage: Ref<Stage | null>, latest: Ref<MapCanvasProps>) {
  useEffect(() => {
    const element = frame.current
    if (!element) return
    const fingers = new Map<number, Point>()
    let began: Point | null = null
    let moved = false
    let asked = 0

    const place = (event: MouseEvent): Point => {
      const { left, top } = element.getBoundingClientRect()
      return { x: event.clientX - left, y: event.clientY - top }
    }
    const hover = (at: Point) => {
      cancelAnimationFrame(asked)
      asked = requestAnimationFrame(() => latest.current.onHover(stage.current?.hit(at) ?? null, at))
    }
    const down = (event: PointerEvent) => {
      if (event.button > 1) return
      element.setPointerCapture(event.pointerId)
      fingers.set(event.pointerId, place(event))
      if (fingers.size === 1) {
        began = place(event)
        moved = false
      }
    }
    const move = (event: PointerEvent) => {
      const at = place(event)
      const before = fingers.get(event.pointerId)
      if (!before) return event.pointerType === 'mouse' ? hover(at) : undefined
      if (began && !moved && Math.hypot(at.x - began.x, at.y - began.y) > slack) {
        moved = true
        latest.current.onHold(true)
        cancelAnimationFrame(asked)
        latest.current.onHover(null, at)
      }
      if (fingers.size === 2) pinch(event.pointerId, before, at)
      else if (moved) stage.current?.panBy(at.x - before.x, at.y - before.y)
      if (moved || fingers.size === 2) fingers.set(event.pointerId, at)
    }
    const pinch = (id: number, before: Point, at: Point) => {
      const other = [...fingers].find(([finger]) => finger !== id)?.[1]
      if (!other) return
      moved = true
      const apart = (a: Point) => Math.max(10, Math.hypot(a.x - other.x, a.y - other.y))
      stage.current?.zoomBy(apart(at) / apart(before), { x: (at.x + other.x) / 2, y: (at.y + other.y) / 2 })
    }
    const up = (event: PointerEvent) => {
      latest.current.onHold(false)
      if (fingers.delete(event.pointerId) && !moved && fingers.size === 0)
        latest.current.onSelect(stage.current?.hit(place(event)) ?? null)
    }
    const cancel = (event: PointerEvent) => {
      latest.current.onHold(false)
      fingers.delete(event.pointerId)
    }
    const leave = () => {
      if (fingers.size === 0) latest.current.onHover(null, { x: 0, y: 0 })
    }
    const wheel = (event: WheelEvent) => {
      event.preventDefault()
      const lines = event.deltaMode === 1 ? 16 : 1
      if (event.ctrlKey || event.metaKey || Math.abs(event.deltaX) < Math.abs(event.deltaY)) {
        stage.current?.zoomBy(1.0016 ** (-event.deltaY * lines * (event.ctrlKey ? 4 : 1)), place(event))
      } else stage.current?.panBy(-event.deltaX * lines, -event.deltaY * lines)
    }
    const twice = (event: MouseEvent) => latest.current.onEnter(stage.current?.hit(place(event)) ?? null)

    element.addEventListener('pointerdown', down)
    element.addEventListener('pointermove', move)
    element.addEventListener('pointerup', up)
    element.addEventListener('pointercancel', cancel)
    element.addEventListener('pointerleave', leave)
    element.addEventListener('wheel', wheel, { passive: false })
    element.addEventListener('dblclick', twice)
    return () => {
      cancelAnimationFrame(asked)
      element.removeEventListener('pointerdown', down)
      element.removeEventListener('pointermove', move)
      element.removeEventListener('pointerup', up)
      element.removeEventListener('pointercancel', cancel)
      element.removeEventListener('pointerleave', leave)
      element.removeEventListener('wheel', wheel)
      element.removeEventListener('dblclick', twice)
    }
  }, [frame, stage, latest])
}
