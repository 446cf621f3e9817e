/**
 * A chart as a PNG: the canvas, the texts that stand over it on the page, and a title. The page's layers are drawn from
 * the same layout, so that the picture says what the screen said.
 */
import type { Tokens } from '~/theme/tokens'
import type { AlertLabel, EndLabel, Overlay } from './overlay'
import { chartFont } from './paint'
import type { Picture } from './TimeChart'

interface PictureTexts {
  title: string
  /** Range, filters. */
  note: string
}

/** Device pixels to one of the page. */
const ratio = 2
const head = 52

export async function pngOf(picture: Picture, texts: PictureTexts, colors: Tokens): Promise<Blob | null> {
  const chart = picture.canvas.current?.picture(ratio)
  if (!chart) return null
  const canvas = document.createElement('canvas')
  canvas.width = chart.width
  canvas.height = chart.height + head * ratio
  const context = canvas.getContext('2d')
  if (!context) return null
  context.fillStyle = colors.surface
  context.fillRect(0, 0, canvas.width, canvas.height)
  context.drawImage(chart, 0, head * ratio)
  context.scale(ratio, ratio)
  write(context, texts.title, 16, 20, { color: colors.text, font: `600 15px ${chartFont}` })
  write(context, texts.note, 16, 40, { color: colors.text3, font: `12px ${chartFont}` })
  context.translate(0, head)
  paintOverlay(context, picture.overlay, colors)
  return new Promise((resolve) => canvas.toBlob(resolve, 'image/png'))
}

interface Ink {
  color: string
  font: string
  align?: CanvasTextAlign
}

function write(context: CanvasRenderingContext2D, text: string, x: number, y: number, { color, font, align }: Ink) {
  context.font = font
  context.fillStyle = color
  context.textAlign = align ?? 'left'
  context.textBaseline = 'middle'
  context.fillText(text, x, y)
}

function paintOverlay(context: CanvasRenderingContext2D, overlay: Overlay, colors: Tokens) {
  const small = { color: colors.text2, font: `11px ${chartFont}` }
  for (const { label, x, y } of overlay.hatches) {
    const width = context.measureText(label).width + 12
    context.fillStyle = colors.surface
    context.fillRect(x - width / 2, y - 9, width, 18)
    write(context, label, x, y, { ...small, align: 'center' })
  }
  for (const { label, x, y, beyond } of overlay.limits) {
    write(context, beyond ? `${label} ↑` : label, x, y, { color: colors.firing, font: `600 11px ${chartFont}` })
  }
  for (const alert of overlay.alerts) paintAlert(context, alert, colors)
  for (const end of overlay.ends) paintEnd(context, end, colors)
}

function paintAlert(context: CanvasRenderingContext2D, { x, y, label, text }: AlertLabel, colors: Tokens) {
  context.fillStyle = colors.firing
  context.beginPath()
  context.moveTo(x - 6, y - 9)
  context.lineTo(x + 6, y - 9)
  context.lineTo(x, y)
  context.fill()
  if (!text) return
  const ink: Ink = { color: colors.firing, font: `600 11px ${chartFont}`, align: text === 'left' ? 'right' : 'left' }
  write(context, label, text === 'left' ? x - 10 : x + 10, y - 5, ink)
}

function paintEnd(context: CanvasRenderingContext2D, { x, y, name, color, dash }: EndLabel, colors: Tokens) {
  context.strokeStyle = color
  context.fillStyle = color
  if (dash.length > 0) {
    context.lineWidth = 3
    context.setLineDash(dash.map((each) => each / 2))
    context.beginPath()
    context.moveTo(x + 2, y)
    context.lineTo(x + 16, y)
    context.stroke()
    context.setLineDash([])
  } else {
    context.beginPath()
    context.arc(x + 7, y, 3.5, 0, 2 * Math.PI)
    context.fill()
  }
  write(context, name, x + 20, y, { color: colors.text, font: `12px ${chartFont}` })
}
