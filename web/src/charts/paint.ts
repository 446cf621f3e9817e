/** What the chart library is given besides data: fonts, mixed colours and the hatch of incomplete buckets. */
import type { Tokens } from '~/theme/tokens'

export const chartFont = 'Inter Variable, PingFang SC, Microsoft YaHei, Noto Sans CJK SC, system-ui, sans-serif'

const channels = (hex: string): [number, number, number] => {
  const number = Number.parseInt(hex.slice(1, 7), 16)
  return [(number >> 16) & 255, (number >> 8) & 255, number & 255]
}

/** A colour between two, `#rrggbb` each: 0 is the first, 1 the second. */
export function mix(first: string, second: string, share: number): string {
  const [a, b] = [channels(first), channels(second)]
  const part = Math.min(1, Math.max(0, share))
  const mixed = a.map((channel, at) => Math.round(channel + ((b[at] ?? 0) - channel) * part))
  return `#${mixed.map((channel) => channel.toString(16).padStart(2, '0')).join('')}`
}

/** A colour with an opacity of 0 to 1. */
export const faded = (hex: string, opacity: number) =>
  `${hex}${Math.round(opacity * 255)
    .toString(16)
    .padStart(2, '0')}`

/** The steps of a heat map, from few to many. */
export function heatColor(share: number, colors: Tokens): string {
  return mix(mix(colors.surface, colors.accent, 0.14), colors.accent, share)
}

/** Diagonal lines, repeated: not complete. */
export function hatchPattern(colors: Tokens): object | string {
  const canvas = document.createElement('canvas')
  const size = 7
  canvas.width = size
  canvas.height = size
  const context = canvas.getContext('2d')
  if (!context) return colors.sunken
  context.strokeStyle = faded(colors.text3, 0.5)
  context.lineWidth = 1
  context.beginPath()
  for (const shift of [-size, 0, size]) {
    context.moveTo(shift - 1, size + 1)
    context.lineTo(shift + size + 1, -1)
  }
  context.stroke()
  return { image: canvas, repeat: 'repeat' }
}
