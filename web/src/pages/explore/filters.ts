/**
 * Explore's filters as the query line that map and records speak too: `source_module:gateway,order service:"GET /me"`.
 * Rollups know only "is one of these", so that is all that is read here; what else a line says is told, not dropped in
 * silence.
 */

/** Values by column: any of a column's values, all of the columns. */
export type Filters = Readonly<Record<string, readonly string[]>>

export interface ReadLine {
  filters: Filters
  /** Terms that charts cannot follow. */
  ignored: string[]
}

const term = /^([\p{L}_][\p{L}\p{N}_.]*)[:=]((?:"(?:[^"\\]|\\.)*"|[^\s",]+)(?:,(?:"(?:[^"\\]|\\.)*"|[^\s",]+))*)$/u
const value = /"((?:[^"\\]|\\.)*)"|[^",]+/g

/** Terms of a line: divided by spaces that are not in quotes. */
const termsOf = (line: string): string[] => line.match(/(?:"(?:[^"\\]|\\.)*"|[^\s"])+/g) ?? []

export function readFilters(line: string | undefined): ReadLine {
  const filters: Record<string, string[]> = {}
  const ignored: string[] = []
  for (const text of termsOf(line ?? '')) {
    const [, column, list] = term.exec(text) ?? []
    const values = [...(list ?? '').matchAll(value)].map(([raw, quoted]) =>
      quoted === undefined ? raw : quoted.replace(/\\(["\\])/g, '$1'),
    )
    const starred = [...(list ?? '').matchAll(value)].some(([raw, quoted]) => quoted === undefined && raw.includes('*'))
    if (column === undefined || starred || column in filters) ignored.push(text)
    else filters[column] = [...new Set(values)]
  }
  return { filters, ignored }
}

const plain = /^[^\s",*]+$/

const writeValue = (text: string): string =>
  plain.test(text) ? text : `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`

/** The line that says the same; nothing without filters. */
export function writeFilters(filters: Filters, ignored: readonly string[] = []): string | undefined {
  const terms = Object.entries(filters)
    .filter(([, values]) => values.length > 0)
    .map(([column, values]) => `${column}:${values.map(writeValue).join(',')}`)
  return [...terms, ...ignored].join(' ') || undefined
}

/** With one value of a column wanted, and no other of it. */
export const narrowed = (filters: Filters, words: Readonly<Record<string, string>>): Filters => ({
  ...filters,
  ...Object.fromEntries(Object.entries(words).map(([column, word]) => [column, [word]])),
})

/** With a value of a column taken in, or left out if it was in. */
export function toggled(filters: Filters, column: string, word: string): Filters {
  const before = filters[column] ?? []
  const after = before.includes(word) ? before.filter((each) => each !== word) : [...before, word]
  return without({ ...filters, [column]: after }, after.length === 0 ? column : undefined)
}

export function without(filters: Filters, column: string | undefined): Filters {
  return Object.fromEntries(Object.entries(filters).filter(([name]) => name !== column))
}

/** Only those of these columns: an answer's question may not name others. */
export function within(filters: Filters, columns: readonly string[]): Filters {
  return Object.fromEntries(Object.entries(filters).filter(([name]) => columns.includes(name)))
}
