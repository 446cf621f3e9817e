/**
 * What the map is drawn with. One drawing, two pens: a canvas for the screen and for PNG, SVG text for a file. So an
 * export is the picture that was seen, not a second one that resembles it.
 */
import { mono, sans } from '~/theme/mantine'

export interface Ink {
  fill?: string
  stroke?: string
  width?: number
  dash?: readonly number[]
  alpha?: number
}

export interface TextInk {
  color: string
  size: number
  weight?: number
  mono?: boolean
  align?: 'left' | 'center' | 'right'
  alpha?: number
}

export interface Pen {
  /** Cubic curves: x, y, then groups of six. */
  curve(points: readonly number[], ink: Ink): void
  polygon(points: readonly number[], ink: Ink): void
  box(x: number, y: number, width: number, height: number, radius: number, ink: Ink): void
  /** Part of a circle, in turns from the top. */
  arc(x: number, y: number, radius: number, from: number, to: number, ink: Ink): void
  /** An icon's path of a 24 px square, set at its top left corner. */
  icon(path: string, x: number, y: number, size: number, ink: Ink): void
  /** `y` is the middle of the line. */
  text(text: string, x: number, y: number, ink: TextInk): void
}

export const font = ({ size, weight = 400, mono: raw = false }: Omit<TextInk, 'color'>) =>
  `${weight} ${size}px ${raw ? mono : sans}`

const paths = new Map<string, Path2D>()

function pathOf(path: string): Path2D {
  let known = paths.get(path)
  if (!known) {
    known = new Path2D(path)
    paths.set(path, known)
  }
  return known
}

type Context = CanvasRenderingContext2D | OffscreenCanvasRenderingContext2D

export class CanvasPen implements Pen {
  readonly #context: Context

  constructor(context: Context) {
    this.#context = context
    context.lineJoin = 'round'
    context.textBaseline = 'middle'
  }

  #finish({ fill, stroke, width = 1, dash, alpha = 1 }: Ink, path?: Path2D) {
    const to = this.#context
    to.globalAlpha = alpha
    if (fill) {
      to.fillStyle = fill
      if (path) to.fill(path)
      else to.fill()
    }
    if (stroke) {
      to.strokeStyle = stroke
      to.lineWidth = width
      if (dash) to.setLineDash([...dash])
      if (path) to.stroke(path)
      else to.stroke()
      if (dash) to.setLineDash([])
    }
    to.globalAlpha = 1
  }

  curve(points: readonly number[], ink: Ink) {
    const to = this.#context
    to.beginPath()
    const at = (place: number) => points[place] ?? 0
    to.moveTo(at(0), at(1))
    for (let i = 2; i + 5 < points.length; i += 6) {
      to.bezierCurveTo(at(i), at(i + 1), at(i + 2), at(i + 3), at(i + 4), at(i + 5))
    }
    this.#finish(ink)
  }

  polygon(points: readonly number[], ink: Ink) {
    const to = this.#context
    to.beginPath()
    for (let i = 0; i + 1 < points.length; i += 2) {
      if (i === 0) to.moveTo(points[i] ?? 0, points[i + 1] ?? 0)
      else to.lineTo(points[i] ?? 0, points[i + 1] ?? 0)
    }
    to.closePath()
    this.#finish(ink)
  }

  box(x: number, y: number, width: number, height: number, radius: number, ink: Ink) {
    this.#context.beginPath()
    this.#context.roundRect(x, y, width, height, radius)
    this.#finish(ink)
  }

  arc(x: number, y: number, radius: number, from: number, to: number, ink: Ink) {
    this.#context.beginPath()
    this.#context.arc(x, y, radius, (from - 0.25) * 2 * Math.PI, (to - 0.25) * 2 * Math.PI)
    this.#finish(ink)
  }

  icon(path: string, x: number, y: number, size: number, ink: Ink) {
    const to = this.#context
    to.save()
    to.translate(x, y)
    to.scale(size / 24, size / 24)
    this.#finish({ ...ink, width: ((ink.width ?? 1.6) * 24) / size }, pathOf(path))
    to.restore()
  }

  text(text: string, x: number, y: number, ink: TextInk) {
    const to = this.#context
    to.globalAlpha = ink.alpha ?? 1
    to.fillStyle = ink.color
    to.font = font(ink)
    to.textAlign = ink.align ?? 'left'
    to.fillText(text, x, y + 0.5)
    to.globalAlpha = 1
  }
}

const escaped = (text: string) =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')
const short = (value: number) => String(Math.round(value * 100) / 100)

export class SvgPen implements Pen {
  readonly #parts: string[] = []

  #ink({ fill = 'none', stroke, width = 1, dash, alpha }: Ink): string {
    const line = stroke ? ` stroke="${stroke}" stroke-width="${short(width)}"` : ''
    const dashes = dash && dash.length > 0 ? ` stroke-dasharray="${dash.join(' ')}"` : ''
    return ` fill="${fill}"${line}${dashes}${alpha !== undefined && alpha < 1 ? ` opacity="${short(alpha)}"` : ''}`
  }

  curve(points: readonly number[], ink: Ink) {
    const [x = 0, y = 0, ...rest] = points
    this.#parts.push(`<path d="M${short(x)} ${short(y)}C${rest.map(short).join(' ')}"${this.#ink(ink)}/>`)
  }

  polygon(points: readonly number[], ink: Ink) {
    this.#parts.push(`<polygon points="${points.map(short).join(' ')}"${this.#ink(ink)}/>`)
  }

  box(x: number, y: number, width: number, height: number, radius: number, ink: Ink) {
    const place = `x="${short(x)}" y="${short(y)}" width="${short(width)}" height="${short(height)}"`
    this.#parts.push(`<rect ${place} rx="${short(radius)}"${this.#ink(ink)}/>`)
  }

  arc(x: number, y: number, radius: number, from: number, to: number, ink: Ink) {
    if (to - from >= 0.9999) {
      this.#parts.push(`<circle cx="${short(x)}" cy="${short(y)}" r="${short(radius)}"${this.#ink(ink)}/>`)
      return
    }
    const point = (turn: number) => {
      const angle = (turn - 0.25) * 2 * Math.PI
      return `${short(x + radius * Math.cos(angle))} ${short(y + radius * Math.sin(angle))}`
    }
    const large = to - from > 0.5 ? 1 : 0
    this.#parts.push(
      `<path d="M${point(from)}A${short(radius)} ${short(radius)} 0 ${large} 1 ${point(to)}"${this.#ink(ink)}/>`,
    )
  }

  icon(path: string, x: number, y: number, size: number, ink: Ink) {
    const scale = size / 24
    const style = this.#ink({ ...ink, width: (ink.width ?? 1.6) / scale })
    this.#parts.push(
      `<path transform="translate(${short(x)} ${short(y)}) scale(${short(scale)})" d="${path}" stroke-linecap="round"${style}/>`,
    )
  }

  text(
    text: string,
    x: number,
    y: number,
    { color, size, weight = 400, mono: raw, align = 'left', alpha = 1 }: TextInk,
  ) {
    const anchor = { left: 'start', center: 'middle', right: 'end' }[align]
    const style = `fill="${color}" font-size="${size}" font-weight="${weight}" text-anchor="${anchor}"`
    const family = escaped(raw ? mono : sans)
    this.#parts.push(
      `<text x="${short(x)}" y="${short(y + size * 0.36)}" ${style} font-family="${family}" opacity="${short(alpha)}">${escaped(text)}</text>`,
    )
  }

  write(box: { x: number; y: number; width: number; height: number }, ground: string): string {
    const view = [box.x, box.y, box.width, box.height].map(short).join(' ')
    const size = `width="${short(box.width)}" height="${short(box.height)}"`
    const back = `<rect x="${short(box.x)}" y="${short(box.y)}" ${size} fill="${ground}"/>`
    return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="${view}" ${size}>${back}${this.#parts.join('')}</svg>\n`
  }
}
