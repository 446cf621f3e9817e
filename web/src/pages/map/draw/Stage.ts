/**
 * The canvas: it keeps the view (pan, zoom), paints the scene into a picture that is larger than the window, and while
 * one pans only moves that picture. What changes with the pointer (hover, selection, focus) is painted over it. It
 * knows shapes and pixels; what a click means is told to its owner.
 */
import type { Point } from '../layout/types'
import { isCalm } from '../model/view'
import { distance, type Rect, touches } from './curves'
import { type LabelPlaces, placeLabels } from './labelPlaces'
import { type Look, paintCard, paintCardHalo, paintHalo, paintLabel, paintLine } from './paint'
import { CanvasPen, type Pen } from './pen'
import { type CardShape, type LineShape, labelBox, type Scene } from './scene'

export interface Camera {
  /** The point of the picture at the window's middle, and pixels per unit. */
  x: number
  y: number
  zoom: number
}

export type Hit = { kind: 'card'; shape: CardShape } | { kind: 'line'; line: LineShape } | null

export interface Marks {
  /** Ids of links and cards. */
  selected: string | null
  hovered: string | null
  focused: string | null
}

/** Above so many lines the picture is painted once and moved. */
const manyLines = 150
/** The cached picture reaches so many windows beyond each side, within a bound of pixels. */
const reach = 1
const mostPixels = 14_000_000
const settleAfter = 160
/** Below this, all of it is too small to read, and what is selected is shown instead. */
const readableZoom = 0.66
/** As large as what is selected is shown then. */
const closeZoom = 0.8
export const leastZoom = 0.02
export const mostZoom = 2.5

const edge = (width: number) => (width < 720 ? 10 : 24)

/** What of a window a whole picture has for itself: at the right stand the buttons that zoom. */
export const roomIn = ({ width, height }: { width: number; height: number }) => ({
  width: Math.max(1, width - 2 * edge(width) - (width < 720 ? 0 : 36)),
  height: Math.max(1, height - 64),
})

interface Cached {
  picture: ImageBitmap
  camera: Camera
  /** What of the scene it shows. */
  covers: Rect
  version: number
}

export class Stage {
  readonly #canvas: HTMLCanvasElement
  readonly #context: CanvasRenderingContext2D | null
  #scene: Scene | null = null
  #look: Look | null = null
  #marks: Marks = { selected: null, hovered: null, focused: null }
  #camera: Camera = { x: 0, y: 0, zoom: 1 }
  #size = { width: 0, height: 0, ratio: 1 }
  #version = 0
  #cached: Cached | null = null
  #places: { labels: LabelPlaces; key: string } | null = null
  #frame = 0
  #settle: ReturnType<typeof setTimeout> | undefined
  #moving = false
  #zooming = false
  #zoomed: ReturnType<typeof setTimeout> | undefined
  /** The view is that of `fit`: it follows the window's size. */
  #fitted = false
  onHiddenLabels: (count: number) => void = () => {}
  onCamera: (camera: Camera) => void = () => {}

  constructor(canvas: HTMLCanvasElement) {
    this.#canvas = canvas
    this.#context = canvas.getContext('2d')
  }

  get camera(): Camera {
    return this.#camera
  }

  /** Whether the view is that of the whole picture, and not one that somebody chose. */
  get fitted(): boolean {
    return this.#fitted
  }

  get scene(): Scene | null {
    return this.#scene
  }

  show(scene: Scene, look: Look): void {
    this.#scene = scene
    this.#look = look
    this.#version += 1
    this.#places = null
    this.#ask()
  }

  mark(marks: Marks): void {
    const before = this.#marks
    this.#marks = marks
    if (marks.selected !== before.selected) {
      this.#version += 1
      this.#places = null
    }
    this.#ask()
  }

  resize(width: number, height: number, ratio: number): void {
    this.#size = { width, height, ratio }
    this.#canvas.width = Math.max(1, Math.round(width * ratio))
    this.#canvas.height = Math.max(1, Math.round(height * ratio))
    this.#cached?.picture.close()
    this.#cached = null
    if (this.#fitted) this.arrive()
    this.#paint()
  }

  look(camera: Camera): void {
    const zoom = Math.min(mostZoom, Math.max(leastZoom, camera.zoom))
    if (zoom !== this.#camera.zoom) this.#zoom()
    this.#camera = { ...camera, zoom }
    this.#moving = true
    clearTimeout(this.#settle)
    this.#settle = setTimeout(() => {
      this.#moving = false
      this.#ask()
    }, settleAfter)
    this.#fitted = false
    this.onCamera(this.#camera)
    this.#ask()
  }

  /** Until the zoom rests the picture is only scaled. */
  #zoom() {
    this.#zooming = true
    clearTimeout(this.#zoomed)
    this.#zoomed = setTimeout(() => {
      this.#zooming = false
      this.#ask()
    }, settleAfter)
  }

  panBy(dx: number, dy: number): void {
    const { x, y, zoom } = this.#camera
    this.look({ x: x - dx / zoom, y: y - dy / zoom, zoom })
  }

  /** The point of the window stays where it is. */
  zoomBy(by: number, at: Point = { x: this.#size.width / 2, y: this.#size.height / 2 }): void {
    const before = this.toScene(at)
    const zoom = Math.min(mostZoom, Math.max(leastZoom, this.#camera.zoom * by))
    this.look({
      x: before.x - (at.x - this.#size.width / 2) / zoom,
      y: before.y - (at.y - this.#size.height / 2) / zoom,
      zoom,
    })
  }

  /** The whole scene in the window, hardly larger than life. */
  fit(rect: Rect | null = this.#scene?.bounds ?? null, most = 1.2): void {
    const { width, height } = this.#size
    if (!rect || width === 0 || height === 0) return
    const room = roomIn(this.#size)
    const zoom = Math.min(most, room.width / rect.width, room.height / rect.height)
    const aside = (width - edge(width) - room.width - edge(width)) / 2
    this.look({
      x: rect.x + rect.width / 2 + aside / Math.max(zoom, 0.1),
      y: rect.y + rect.height / 2 - 6 / Math.max(zoom, 0.1),
      zoom,
    })
    this.#fitted = rect === this.#scene?.bounds
    this.#moving = false
    this.#zooming = false
    this.#ask()
  }

  /** A new picture, or a window of another size: all of it while that is readable, else what is selected. */
  arrive(): void {
    this.fit()
    const rect = this.#selectedRect()
    if (!rect || this.#camera.zoom >= readableZoom) return
    const { x, y, width, height } = rect
    this.look({ ...this.#within({ x: x + width / 2, y: y + height / 2 }, closeZoom), zoom: closeZoom })
    this.#fitted = true
    this.#moving = false
  }

  /** The middle of a view that is near a point and does not look beyond the picture while there is some at the other side. */
  #within({ x, y }: Point, zoom: number): Point {
    const bounds = this.#scene?.bounds
    if (!bounds) return { x, y }
    const clamp = (at: number, from: number, length: number, window: number) => {
      const room = (window - 2 * edge(this.#size.width)) / zoom
      return length <= room ? from + length / 2 : Math.min(Math.max(at, from + room / 2), from + length - room / 2)
    }
    return {
      x: clamp(x, bounds.x, bounds.width, this.#size.width),
      y: clamp(y, bounds.y, bounds.height, this.#size.height),
    }
  }

  /** A view that was left, moved where what is selected would not be seen. */
  resume(camera: Camera): void {
    this.look(camera)
    const rect = this.#selectedRect()
    if (rect) this.reveal(rect)
    this.#moving = false
    this.#zooming = false
  }

  #selectedRect(): Rect | undefined {
    const { selected } = this.#marks
    const line = this.#scene?.lines.find(({ link }) => link.id === selected)
    return line?.bounds ?? this.#scene?.cards.find(({ card }) => card.id === selected)
  }

  /** Moves the view as little as needed for a rectangle to be seen. */
  reveal(rect: Rect): void {
    const seen = this.seen(-24)
    const shift = (from: number, length: number, low: number, room: number) =>
      length > room
        ? from + length / 2 - (low + room / 2)
        : Math.min(0, from - low) + Math.max(0, from + length - low - room)
    const dx = shift(rect.x, rect.width, seen.x, seen.width)
    const dy = shift(rect.y, rect.height, seen.y, seen.height)
    if (dx !== 0 || dy !== 0) this.look({ x: this.#camera.x + dx, y: this.#camera.y + dy, zoom: this.#camera.zoom })
  }

  toScene({ x, y }: Point): Point {
    const { width, height } = this.#size
    return {
      x: this.#camera.x + (x - width / 2) / this.#camera.zoom,
      y: this.#camera.y + (y - height / 2) / this.#camera.zoom,
    }
  }

  toWindow({ x, y }: Point): Point {
    const { width, height } = this.#size
    return {
      x: (x - this.#camera.x) * this.#camera.zoom + width / 2,
      y: (y - this.#camera.y) * this.#camera.zoom + height / 2,
    }
  }

  /** What of the scene the window shows, grown by so many pixels. */
  seen(by = 0): Rect {
    const { width, height } = this.#size
    const { x, y, zoom } = this.#camera
    return {
      x: x - (width / 2 + by) / zoom,
      y: y - (height / 2 + by) / zoom,
      width: (width + by * 2) / zoom,
      height: (height + by * 2) / zoom,
    }
  }

  hit(at: Point): Hit {
    if (!this.#scene) return null
    const point = this.toScene(at)
    const inside = ({ x, y, width, height }: Rect) =>
      point.x >= x && point.x <= x + width && point.y >= y && point.y <= y + height
    for (const shape of this.#scene.cards) if (inside(shape)) return { kind: 'card', shape }
    for (const place of this.#places?.labels.shown ?? []) {
      const { width, height } = place.line.labelSize
      const [w, h] = [width * place.scale, height * place.scale]
      if (inside({ x: place.at.x - w / 2, y: place.at.y - h / 2, width: w, height: h }))
        return { kind: 'line', line: place.line }
    }
    const slack = 7 / this.#camera.zoom
    let best: LineShape | null = null
    let least = slack
    for (const line of this.#scene.lines) {
      const { x, y, width, height } = line.bounds
      if (!inside({ x: x - slack, y: y - slack, width: width + slack * 2, height: height + slack * 2 })) continue
      const away = distance(line.curve, point) - (line.link.tone ? 1.5 / this.#camera.zoom : 0)
      if (away < least) {
        least = away
        best = line
      }
    }
    return best ? { kind: 'line', line: best } : null
  }

  /** Everything at once, for exports. */
  draw(pen: Pen): void {
    if (!this.#scene || !this.#look) return
    this.#drawBase(
      pen,
      this.#scene,
      this.#look,
      null,
      1,
      placeLabels(this.#scene, 1, new Set(this.#selectedLines()), null),
    )
  }

  stop(): void {
    cancelAnimationFrame(this.#frame)
    clearTimeout(this.#settle)
    clearTimeout(this.#zoomed)
    this.#cached?.picture.close()
    this.#cached = null
  }

  #ask() {
    if (this.#frame !== 0) return
    this.#frame = requestAnimationFrame(() => {
      this.#frame = 0
      this.#paint()
    })
  }

  #selectedLines(): string[] {
    return this.#marks.selected ? [this.#marks.selected] : []
  }

  #labels(scene: Scene): LabelPlaces {
    // Labels that are in the picture as a whole do not jump while one pans; of a large graph only what is seen has any.
    const { zoom, x, y } = this.#camera
    const where = scene.labelled ? '' : `${Math.round(x * zoom)},${Math.round(y * zoom)}`
    const key = `${this.#version}|${zoom.toFixed(2)}|${where}`
    if (this.#places?.key === key || (this.#places && this.#moving)) return this.#places.labels
    const labels = placeLabels(scene, zoom, new Set(this.#selectedLines()), scene.labelled ? null : this.seen(200))
    this.#places = { labels, key }
    this.onHiddenLabels(labels.hidden)
    return labels
  }

  #paint() {
    const to = this.#context
    const [scene, look] = [this.#scene, this.#look]
    const { width, height, ratio } = this.#size
    if (!to || !scene || !look || width === 0) return
    const { zoom, x, y } = this.#camera
    to.setTransform(1, 0, 0, 1, 0, 0)
    to.clearRect(0, 0, this.#canvas.width, this.#canvas.height)
    if (scene.lines.length > manyLines) this.#paintCached(to, scene, look)
    const scale = zoom * ratio
    to.setTransform(scale, 0, 0, scale, (width / 2) * ratio - x * scale, (height / 2) * ratio - y * scale)
    const pen = new CanvasPen(to)
    if (scene.lines.length <= manyLines) this.#drawBase(pen, scene, look, this.seen(), zoom, this.#labels(scene))
    this.#drawMarks(pen, scene, look)
  }

  #paintCached(to: CanvasRenderingContext2D, scene: Scene, look: Look) {
    const { zoom } = this.#camera
    const cached = this.#cached
    const same = cached !== null && cached.version === this.#version && cached.camera.zoom === zoom
    const seen = this.seen()
    const covered =
      cached !== null &&
      cached.covers.x <= seen.x &&
      cached.covers.y <= seen.y &&
      cached.covers.x + cached.covers.width >= seen.x + seen.width &&
      cached.covers.y + cached.covers.height >= seen.y + seen.height
    // While the view moves an older picture is better than a pause; when it rests it is painted anew.
    const usable = covered && (same || this.#zooming || (this.#moving && cached.camera.zoom === zoom))
    const now = usable && cached ? cached : this.#picture(scene, look)
    const { ratio, width, height } = this.#size
    const by = zoom / now.camera.zoom
    const left = (width / 2 + (now.covers.x - this.#camera.x) * zoom) * ratio
    const top = (height / 2 + (now.covers.y - this.#camera.y) * zoom) * ratio
    to.imageSmoothingEnabled = by !== 1
    if (by === 1) to.drawImage(now.picture, Math.round(left), Math.round(top))
    else to.drawImage(now.picture, left, top, now.picture.width * by, now.picture.height * by)
  }

  #picture(scene: Scene, look: Look): Cached {
    const { width, height, ratio } = this.#size
    const room = Math.sqrt(mostPixels / (width * height * ratio * ratio))
    const windows = Math.max(1.2, Math.min(1 + 2 * reach, room))
    const sheet = new OffscreenCanvas(Math.round(width * ratio * windows), Math.round(height * ratio * windows))
    const { x, y, zoom } = this.#camera
    const covers = {
      x: x - (width * windows) / 2 / zoom,
      y: y - (height * windows) / 2 / zoom,
      width: (width * windows) / zoom,
      height: (height * windows) / zoom,
    }
    const to = sheet.getContext('2d')
    if (to) {
      const scale = zoom * ratio
      to.setTransform(scale, 0, 0, scale, -covers.x * scale, -covers.y * scale)
      this.#drawBase(new CanvasPen(to), scene, look, covers, zoom, this.#labels(scene))
    }
    // A bitmap: a canvas would keep its strokes and draw them all again in each frame.
    this.#cached?.picture.close()
    const picture = sheet.transferToImageBitmap()
    this.#cached = { picture, camera: this.#camera, covers, version: this.#version }
    return this.#cached
  }

  #drawBase(pen: Pen, scene: Scene, look: Look, seen: Rect | null, zoom: number, labels: LabelPlaces) {
    // In a small picture what is in trouble keeps its weight on the screen.
    const strong = Math.max(1, 0.7 / zoom)
    const held = new Set(this.#selectedLines())
    const near = (rect: Rect) => seen === null || touches(rect, seen)
    const lines = scene.lines.filter(({ bounds }) => near(bounds))
    for (const line of lines) if (held.has(line.link.id)) paintHalo(pen, line, look, true)
    for (const line of lines) if (isCalm(line.link)) paintLine(pen, line, look, 1)
    for (const line of lines) if (!isCalm(line.link)) paintLine(pen, line, look, strong)
    for (const shape of scene.cards) if (near(shape)) paintCard(pen, shape, look)
    const ordered = [...labels.shown].reverse()
    for (const place of ordered) {
      const line = near(place.line.bounds) || near(labelBox(place.line))
      if (line) paintLabel(pen, place, look, held.has(place.line.link.id))
    }
  }

  #drawMarks(pen: Pen, scene: Scene, look: Look) {
    const { selected, hovered, focused } = this.#marks
    for (const shape of scene.cards) {
      if (shape.card.id === selected || shape.card.id === focused) paintCardHalo(pen, shape, look, true)
      else if (shape.card.id === hovered) paintCardHalo(pen, shape, look, false)
    }
    for (const id of new Set([hovered, focused])) {
      const line = id && id !== selected ? scene.lines.find(({ link }) => link.id === id) : undefined
      if (!line) continue
      paintHalo(pen, line, look, id === focused)
      paintLine(pen, line, look, Math.max(1, 0.7 / this.#camera.zoom))
      const known = this.#places?.labels.shown.find((place) => place.line === line)
      paintLabel(pen, known ?? { line, at: line.anchor, scale: Math.max(1, 0.72 / this.#camera.zoom) }, look, true)
    }
  }
}
