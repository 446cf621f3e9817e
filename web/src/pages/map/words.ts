/** Cards and edges in words, for those who do not see them and for titles; and as query lines for other pages. */
import type { Label } from './model/labels'
import type { Card, Link } from './model/view'

type State = (tone: 'firing' | 'pending' | 'silenced') => string

export function linkWords(
  link: Link,
  label: Label | undefined,
  names: (card: string) => string,
  to: string,
  state: State,
  calls: string,
): string {
  const service = label?.service ?? link.edges[0]?.service
  const lines = (label?.lines ?? []).map(({ value, text, tone }) =>
    [tone ? state(tone) : '', value, text].filter(Boolean).join(' '),
  )
  return [
    `${names(link.source.card)} ${to} ${names(link.target.card)}`,
    service,
    link.tone ? state(link.tone) : '',
    ...lines,
    calls,
  ]
    .filter(Boolean)
    .join(', ')
}

export const cardWords = (card: Card, kind: string, subtitle: string, state: State) =>
  [card.name, kind, subtitle, card.tone ? state(card.tone) : ''].filter(Boolean).join(', ')

const plain = /^[^\s",*\\]+$/
const written = (value: string) =>
  plain.test(value) ? value : `"${value.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`

/** The line by which records, explore and the map's own search know a combination. */
export const lineOf = (dimensions: Readonly<Record<string, string>>): string =>
  Object.entries(dimensions)
    .filter(([, value]) => value !== '(unknown)')
    .map(([column, value]) => `${column}:${written(value)}`)
    .join(' ')
