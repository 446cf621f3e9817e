export type JsonMistake = { at: 'place'; line: number; column: number } | { at: 'nowhere' | 'end' }

/** Where a text stops being JSON, since what browsers say of it is English; null when nothing is wrong. */
export function jsonMistake(text: string): JsonMistake | null {
  try {
    JSON.parse(text)
    return null
  } catch (cause) {
    return placeOf(cause instanceof Error ? cause.message : '', text)
  }
}

/** What a browser says: a line, a position, that the text ends too soon, or no place. */
export function placeOf(message: string, text: string): JsonMistake {
  const told = /line (\d+) column (\d+)/.exec(message)
  if (told) return { at: 'place', line: Number(told[1]), column: Number(told[2]) }
  const position = /position (\d+)/.exec(message)
  if (position) {
    const before = text.slice(0, Number(position[1])).split('\n')
    return { at: 'place', line: before.length, column: (before.at(-1)?.length ?? 0) + 1 }
  }
  return { at: /end of (JSON )?(input|data)|EOF/i.test(message) ? 'end' : 'nowhere' }
}
