/** What a run's page keeps in the URL: the selected step with its iteration and attempt, and the part shown on a phone. */
import { oneOf, present, text } from '../searching'

export interface RunSearch {
  /** Pointer of the selected step. */
  step?: string
  iteration?: string
  attempt?: number
  /** On the phone: steps without. */
  part?: 'log' | 'data'
}

const count = (value: unknown) => {
  const number = Number(value)
  return value !== undefined && value !== '' && Number.isInteger(number) && number > 0 ? number : undefined
}

export const runSearch = (search: Record<string, unknown>): RunSearch =>
  present({
    step: text(search.step),
    iteration: text(search.iteration),
    attempt: count(search.attempt),
    part: oneOf('log', 'data')(search.part),
  })
