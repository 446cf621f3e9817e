/** What the flows' pages keep in the URL. */
import { oneOf, present, text } from '../searching'

export interface FlowsSearch {
  /** Part of a name. */
  find?: string
  /** The editor of a flow that is not there yet. */
  new?: true
}

export const flowsSearch = (search: Record<string, unknown>): FlowsSearch =>
  present({ find: text(search.find), new: search.new === true || search.new === 'true' ? true : undefined })

export interface FlowSearch {
  /** The diagram and source without. */
  show?: 'versions'
  /** The version looked at, and the one it is compared with. */
  revision?: number
  against?: number
}

const revision = (value: unknown) => {
  const number = Number(value)
  return value !== undefined && value !== '' && Number.isInteger(number) && number > 0 ? number : undefined
}

export const flowSearch = (search: Record<string, unknown>): FlowSearch =>
  present({
    show: oneOf('versions')(search.show),
    revision: revision(search.revision),
    against: revision(search.against),
  })
