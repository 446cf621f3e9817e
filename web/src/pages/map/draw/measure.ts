/** Widths of texts in the page's fonts, remembered. */
import { font } from './pen'
import type { Measure } from './scene'

const most = 20_000

export function makeMeasure(): Measure {
  const context = document.createElement('canvas').getContext('2d')
  const known = new Map<string, number>()
  return (text, ink) => {
    const key = `${ink.size}|${ink.weight ?? 400}|${ink.mono ? 1 : 0}|${text}`
    const width = known.get(key)
    if (width !== undefined) return width
    if (known.size > most) known.clear()
    let measured = text.length * ink.size * (ink.mono ? 0.6 : 0.54)
    if (context) {
      context.font = font(ink)
      measured = context.measureText(text).width
    }
    known.set(key, measured)
    return measured
  }
}
