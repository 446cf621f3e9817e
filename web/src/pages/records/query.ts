/**
 * The query line as the page changes it: facets and the drawer add and take away values, everything else of the line
 * stays as it was typed. What a term means is the server's business (docs/query.md); here it is only taken apart.
 */

export interface Term {
  /** As it stands in the line. */
  text: string
  negated: boolean
  /** Null for words and quoted text. */
  column: string | null
  /** Of `column:a,b`: the values, unquoted. Empty for comparisons other than `:` and `=`. */
  values: string[]
}

/** The terms of a line, in order; quotes hold together what has spaces. */
export function termsOf(line: string): Term[] {
  const found = line.match(/(?:"(?:\\.|[^"\\])*"?|[^\s"])+/g) ?? []
  return found.map(termOf)
}

function termOf(text: string): Term {
  const negated = text.startsWith('-') && text.length > 1
  const bare = negated ? text.slice(1) : text
  const parts = /^([A-Za-z_][\w.-]*)(:|!=|>=|<=|=|>|<)(.*)$/s.exec(bare)
  if (!parts) return { text, negated, column: null, values: [] }
  const [, column = '', sign, rest = ''] = parts
  const values = sign === ':' || sign === '=' || sign === '!=' ? valuesOf(rest) : []
  return { text, negated: negated !== (sign === '!='), column, values }
}

function valuesOf(text: string): string[] {
  const parts = text.match(/(?:"(?:\\.|[^"\\])*"?|[^,"])+/g) ?? []
  return parts.map((part) => (part.startsWith('"') ? part.replace(/^"|"$/g, '').replace(/\\(["\\])/g, '$1') : part))
}

/** A value as the line takes it: in quotes where it would be read otherwise. */
export function written(value: string): string {
  return /^[\p{L}\p{N}_./@+-]+$/u.test(value) ? value : `"${value.replace(/["\\]/g, '\\$&')}"`
}

/** The same column under its other name. */
const sameColumn = (a: string | null, b: string) => a === b || (a === 'level' && b === 'severity')

/** Which values of a column the line asks for, and which it excludes. */
export function chosenOf(line: string, column: string): { only: string[]; not: string[] } {
  const terms = termsOf(line).filter((term) => sameColumn(term.column, column))
  return {
    only: terms.filter(({ negated }) => !negated).flatMap(({ values }) => values),
    not: terms.filter(({ negated }) => negated).flatMap(({ values }) => values),
  }
}

const joined = (texts: readonly string[]) => texts.filter((text) => text !== '').join(' ')

const write = (column: string, values: readonly string[], negated: boolean) =>
  values.length === 0 ? '' : `${negated ? '-' : ''}${column}:${values.map(written).join(',')}`

/** The line without a value of a column, wherever it stands. */
export function withoutValue(line: string, column: string, value: string): string {
  return joined(
    termsOf(line).map((term) =>
      sameColumn(term.column, column) && term.values.includes(value)
        ? write(
            column,
            term.values.filter((each) => each !== value),
            term.negated,
          )
        : term.text,
    ),
  )
}

/** The line that also asks for a value, or excludes it; asked twice, it is taken away again. */
export function toggled(line: string, column: string, value: string, negated = false): string {
  const chosen = chosenOf(line, column)
  if ((negated ? chosen.not : chosen.only).includes(value)) return withoutValue(line, column, value)
  const rest = withoutValue(line, column, value)
  const terms = termsOf(rest)
  const at = terms.findIndex(
    (term) => sameColumn(term.column, column) && term.negated === negated && term.values.length > 0,
  )
  if (at < 0) return joined([rest, write(column, [value], negated)])
  return joined(
    terms.map((term, place) => (place === at ? write(column, [...term.values, value], negated) : term.text)),
  )
}

/** The line without what it says of a column: a facet counts as if nothing of it were chosen. */
export function withoutColumn(line: string, column: string): string {
  return joined(
    termsOf(line)
      .filter((term) => !sameColumn(term.column, column))
      .map(({ text }) => text),
  )
}

/** How many terms a line has, as the button that opens the filters says. */
export const termCount = (line: string) => termsOf(line).length
