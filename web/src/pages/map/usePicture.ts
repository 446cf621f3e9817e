/**
 * From what is shown to the scene that is drawn: words of cards and labels, their sizes, the layout, the shapes. Each
 * step is redone only when what it is made of changes.
 */
import { useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import { useFormat } from '~/format/useFormat'
import { useTokens } from '~/theme/useTokens'
import { useRange } from '~/time/useRange'
import { makeMeasure } from './draw/measure'
import type { Look } from './draw/paint'
import { buildScene, cardSize, labelSize, layoutParts, type Measure, type Scene } from './draw/scene'
import { useFontsReady } from './draw/useFontsReady'
import { useLayout } from './layout/useLayout'
import type { FieldSpec, MapEdge } from './model/graph'
import { type LabelChoice, labelOf, type Wording } from './model/labels'
import { betweenOf } from './model/over'
import { type Card, isCalm, type Link, type View } from './model/view'

interface PictureWish {
  view: View | null
  /** Names the picture whose places are kept. */
  name: string
  mode: 'tree' | 'free'
  direction: 'right' | 'down'
  choice: LabelChoice
  fields: readonly FieldSpec[]
  comparing: boolean
  /** On the phone only what is in trouble is labelled. */
  sparse: boolean
  seconds: number
  /** What the picture is seen in. */
  window: () => { width: number; height: number } | null
  /** Faded is what does not match; null where nothing is looked for. */
  match: ((edge: MapEdge) => boolean) | null
}

export interface Picture {
  scene: Scene | null
  look: Look
  /** Changes when the view should be fitted. */
  fresh: string
  /** Names the picture: places and view are kept for it. */
  place: string
  busy: boolean
  redo: () => void
  wording: Wording
}

export function useWording(fields: readonly FieldSpec[]): Wording {
  const { t } = useTranslation('map')
  const format = useFormat()
  const { to } = useRange()
  // Not the moment itself, which moves: labels are written anew only when the day is another.
  const day = format.date(to - 1)
  return useMemo(
    () => ({
      format,
      fields,
      services: (count) => t('services', { count, n: format.count(count) }),
      worstOf: (count) => t('worstOf', { n: format.count(count) }),
      calls: t('callsWord'),
      fresh: t('firstSeen'),
      change: (change) => t(`change.${change}`),
      times: ({ times }) => t('firedTimes', { count: times, n: format.count(times) }),
      between: ({ from, to }) => t('between', betweenOf(format, from, to, day)),
    }),
    [t, format, fields, day],
  )
}

/** Worked out when first asked for. */
function once<T>(make: (link: Link) => T): (link: Link) => T {
  const known = new Map<string, T>()
  return (link) => {
    const before = known.get(link.id)
    if (before !== undefined) return before
    const made = make(link)
    known.set(link.id, made)
    return made
  }
}

/** Widths of cards so far, in the fonts in force. */
function useWidths(measure: Measure): Map<string, number> {
  // biome-ignore lint/correctness/useExhaustiveDependencies: begun anew when what measures changes
  return useMemo(() => new Map<string, number>(), [measure])
}

export function usePicture(wish: PictureWish): Picture {
  const { view, mode, direction, choice, fields, comparing, sparse, match, window } = wish
  const { t } = useTranslation('map')
  const colors = useTokens()
  const fonts = useFontsReady()
  // Made anew when the fonts have come, since they change every width.
  // biome-ignore lint/correctness/useExhaustiveDependencies: see above
  const measure = useMemo(makeMeasure, [fonts])
  const wording = useWording(fields)
  const format = wording.format

  const widths = useWidths(measure)
  const words = useMemo(() => {
    const outgoing = new Map<string, number>()
    for (const { source, records } of view?.links ?? [])
      outgoing.set(source.card, (outgoing.get(source.card) ?? 0) + records)
    const subtitle = (card: Card) => {
      if (card.errors !== null && card.errors >= 0.01 && card.kind === 'module')
        return t('errors', { share: format.share(card.errors) })
      if (card.hosts > 0) {
        const key = card.kind === 'caller' ? 'clients' : 'hosts'
        return t(key, { count: card.hosts, n: format.count(card.hosts) })
      }
      const calls = card.records > 0 ? card.records : (outgoing.get(card.id) ?? 0)
      return format.rate(calls / wish.seconds)
    }
    const subtitles = new Map(view?.cards.map((card) => [card.id, subtitle(card)]))
    const sizes = new Map(
      view?.cards.map((card) => {
        const { width, height } = cardSize(card, subtitles.get(card.id) ?? '', measure)
        // A card keeps the greatest width that it had, so that a refresh does not make it breathe.
        const kept = Math.max(width, widths.get(card.id) ?? 0)
        widths.set(card.id, kept)
        return [card.id, { width: kept, height }]
      }),
    )
    const label = once((link: Link) => {
      const told = labelOf(link, choice, wording, comparing)
      return sparse && !isCalm(link) ? { ...told, lines: told.lines.filter(({ tone, over }) => tone || over) } : told
    })
    return { subtitles, sizes, label, labelSize: once((link: Link) => labelSize(label(link), measure)) }
  }, [view, choice, wording, comparing, sparse, measure, widths, t, format, wish.seconds])

  const wanted = useMemo(() => {
    if (!view) return null
    const room = (link: Link) => (sparse && isCalm(link) ? { width: 60, height: 8 } : words.labelSize(link))
    return {
      key: `${wish.name}|${mode}|${direction}|${view.labelled}`,
      mode,
      direction,
      window: view.labelled && !sparse ? window : () => null,
      ...layoutParts(view, words.sizes, room),
    }
  }, [view, words, wish.name, mode, direction, sparse, window])
  const { layout, busy, redo } = useLayout(wanted)

  const scene = useMemo(() => {
    if (!view || !layout) return null
    const shown = sparse ? { ...view, labelled: false } : view
    return buildScene({ view: shown, placement: layout.placement, mode, direction, ...words })
  }, [view, layout, mode, direction, words, sparse])

  const look = useMemo((): Look => {
    const cards = new Set<string>()
    if (match) {
      for (const { link } of scene?.lines ?? []) {
        if (link.edges.some(match)) for (const { card } of [link.source, link.target]) cards.add(card)
      }
    }
    return {
      colors,
      measure,
      comparing,
      faded: ({ link }) => match !== null && !link.edges.some(match),
      fadedCard: ({ card }) => match !== null && !cards.has(card.id),
    }
  }, [colors, measure, comparing, match, scene])

  return {
    scene,
    look,
    fresh: layout && scene ? `${layout.key}|${layout.fresh}` : '',
    place: wanted?.key ?? '',
    busy,
    redo,
    wording,
  }
}
