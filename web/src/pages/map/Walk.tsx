/**
 * The picture for keyboard and screen reader: cards in reading order, after each what it calls, as buttons that Tab
 * walks. What has the focus is marked in the picture and brought into sight. Of a large graph only the neighbours of the
 * focus are in the page.
 */
import { useMemo, useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { Scene } from './draw/scene'
import styles from './map.module.css'
import type { Wording } from './model/labels'
import type { Card, Link } from './model/view'
import { cardWords, linkWords } from './words'

export type WalkItem =
  | { id: string; kind: 'card'; card: Card; subtitle: string }
  | { id: string; kind: 'link'; link: Link; label: Scene['lines'][number]['label'] }

interface WalkProps {
  scene: Scene
  wording: Wording
  selected: string | null
  onFocus: (item: WalkItem | null) => void
  onSelect: (item: WalkItem) => void
}

const around = 30

/** Columns from left to right, cards from top to bottom, after each its calls in the order of their lines. */
export function walkOrder(scene: Scene): WalkItem[] {
  const calls = new Map<string, Scene['lines']>()
  for (const line of scene.lines) calls.set(line.link.source.card, [...(calls.get(line.link.source.card) ?? []), line])
  return [...scene.cards]
    .sort((a, b) => Math.round((a.x - b.x) / 40) || a.y - b.y)
    .flatMap(({ card, subtitle }): WalkItem[] => [
      { id: card.id, kind: 'card', card, subtitle },
      ...(calls.get(card.id) ?? [])
        .sort((a, b) => a.anchor.y - b.anchor.y)
        .map(({ link, label }): WalkItem => ({ id: link.id, kind: 'link', link, label })),
    ])
}

export function Walk({ scene, wording, selected, onFocus, onSelect }: WalkProps) {
  const { t } = useTranslation(['map', 'common'])
  const items = useMemo(() => walkOrder(scene), [scene])
  const names = useMemo(() => new Map(scene.cards.map(({ card }) => [card.id, card.name])), [scene])
  const [focused, setFocused] = useState('')
  const at = Math.max(
    0,
    items.findIndex(({ id }) => id === focused),
  )
  const first = Math.max(0, at - around)
  const state = (tone: 'firing' | 'pending' | 'silenced') => t(`state.${tone}`, { ns: 'common' })
  const words = (item: WalkItem) =>
    item.kind === 'card'
      ? cardWords(item.card, t(`kind.${item.card.kind}`), item.subtitle, state)
      : linkWords(
          item.link,
          item.label,
          (card) => names.get(card) ?? card,
          t('toWord'),
          state,
          t('callsCount', { count: item.link.records, n: wording.format.count(item.link.records) }),
        )
  return (
    <ul className={styles.walk} aria-label={t('walk')}>
      {items.slice(first, at + around + 1).map((item) => (
        <li key={item.id}>
          <button
            type="button"
            aria-pressed={item.id === selected}
            data-kind={item.kind}
            onFocus={() => {
              setFocused(item.id)
              onFocus(item)
            }}
            onBlur={() => onFocus(null)}
            onClick={() => onSelect(item)}
          >
            {words(item)}
          </button>
        </li>
      ))}
    </ul>
  )
}
