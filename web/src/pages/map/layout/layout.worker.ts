/** The layouts off the main thread: one question, one answer, both with a number. */
import { laidOut } from './place'
import type { LayoutQuestion } from './types'

addEventListener('message', ({ data }: MessageEvent<{ turn: number; question: LayoutQuestion }>) => {
  postMessage({ turn: data.turn, placement: laidOut(data.question) })
})
