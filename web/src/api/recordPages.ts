/**
 * The rows of the list, as pages of older ones come at its end and new ones at its head. Newest first, each once. New
 * rows join at once while the list is at its top, and wait otherwise: what is being read stays where it is.
 */
import type { Schemas } from './client'

type LogRecord = Schemas['Record']

export interface Listed {
  rows: LogRecord[]
  /** Where older rows go on; null at the end. */
  next: string | null
  /** New rows that wait, newest first. */
  fresh: LogRecord[]
  /** So many came that the oldest of `fresh` do not reach the rows: showing them replaces the list, and this is its end. */
  gap: { next: string | null } | null
}

export const nothingListed: Listed = { rows: [], next: null, fresh: [], gap: null }

/** More rows than these are not kept; the page says so. */
export const mostRows = 200_000

/** The longest page that the server gives. */
const longestPage = 10_000

/**
 * How many rows to ask for after so many: as many as are there already. Whoever reads on gets small pages at once,
 * whoever looks for what is far away needs few: a dozen requests reach the hundred thousandth row.
 */
export const olderRows = (listed: number): number => Math.min(longestPage, Math.max(1000, listed))

export interface Page {
  records: LogRecord[]
  next: string | null
}

export const firstPage = ({ records, next }: Page): Listed => ({ rows: records, next, fresh: [], gap: null })

export function withOlder(listed: Listed, { records, next }: Page): Listed {
  return { ...listed, rows: [...listed.rows, ...records], next }
}

/** Newest first; of one moment, the order of ids, as the server has it. */
function newer(a: LogRecord, b: LogRecord): number {
  const [x, y] = [Date.parse(a.time), Date.parse(b.time)]
  return y - x || (a.id < b.id ? 1 : a.id > b.id ? -1 : 0)
}

/** How far back a new row may belong: rows beyond are not searched for duplicates. */
const reach = 5000

/** What the server has at the head now. A page that meets no known row leaves a gap. */
export function withHead(listed: Listed, page: Page, top: boolean): Listed {
  if (listed.rows.length === 0) return firstPage(page)
  const known = knownIds(listed)
  const unknown = page.records.filter(({ id }) => !known.has(id))
  if (unknown.length === 0) return listed
  const meets = unknown.length < page.records.length || page.next === null
  if (!meets) return top ? firstPage(page) : { ...listed, fresh: page.records, gap: { next: page.next } }
  return arrived(listed, unknown, top)
}

/** Rows that the stream told of. */
export function withStreamed(listed: Listed, records: readonly LogRecord[], top: boolean): Listed {
  const known = knownIds(listed)
  const unknown = records.filter(({ id }) => !known.has(id))
  return unknown.length === 0 ? listed : arrived(listed, unknown, top)
}

const knownIds = ({ rows, fresh }: Listed) => new Set([...rows.slice(0, reach), ...fresh].map(({ id }) => id))

function arrived(listed: Listed, records: readonly LogRecord[], top: boolean): Listed {
  const fresh = [...records, ...listed.fresh].sort(newer)
  const waiting = { ...listed, fresh: fresh.slice(0, mostRows) }
  return top ? shown(waiting) : waiting
}

/** The list with the rows that waited. */
export function shown(listed: Listed): Listed {
  const { rows, fresh, gap, next } = listed
  if (fresh.length === 0) return listed
  if (gap) return { rows: fresh, next: gap.next, fresh: [], gap: null }
  const [last, head] = [fresh.at(-1), rows[0]]
  const inOrder = !last || !head || newer(last, head) <= 0
  const joint = [...fresh, ...rows]
  return { rows: inOrder ? joint : joint.sort(newer), next, fresh: [], gap: null }
}
