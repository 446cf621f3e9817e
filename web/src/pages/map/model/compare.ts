/** The range that the shown one is compared with: as long, so much earlier (`-1d`), or any two moments. */
import { parseMoment, parseSpan, type Span } from '~/time/range'

/** How far back the choices of the menu lie; `before` is the range just before. */
export const compareChoices = ['before', '-1h', '-1d', '-7d'] as const

export function parseCompare(text: string, { from, to }: Span): Span | null {
  if (text === 'before') return { from: from - (to - from), to: from }
  const back = /^-(\w+)$/.exec(text)
  if (back) {
    const by = parseSpan(back[1] ?? '')
    return by === null ? null : { from: from - by, to: to - by }
  }
  const [first = '', last = ''] = text.split('..')
  const [start, end] = [parseMoment(first, to, 'UTC'), parseMoment(last, to, 'UTC')]
  return start === null || end === null || start >= end ? null : { from: start, to: end }
}

export const writeCompare = ({ from, to }: Span) => `${new Date(from).toISOString()}..${new Date(to).toISOString()}`
