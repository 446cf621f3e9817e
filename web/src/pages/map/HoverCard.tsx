/** What the pointer is on, in words and numbers, beside it. */
import { useTranslation } from 'react-i18next'
import { StateBadge } from '~/parts/Badges'
import type { Hit } from './draw/Stage'
import type { Scene } from './draw/scene'
import type { Point } from './layout/types'
import styles from './map.module.css'
import type { Wording } from './model/labels'

interface HoverCardProps {
  hit: Hit
  at: Point
  wording: Wording
  scene: Scene
}

export function HoverCard({ hit, at, wording, scene }: HoverCardProps) {
  const { t } = useTranslation('map')
  if (!hit) return null
  const { format } = wording
  const name = (card: string) => scene.cards.find((shape) => shape.card.id === card)?.card.name ?? card
  const place = { left: at.x + 14, top: at.y + 16 }
  if (hit.kind === 'card') {
    const { card } = hit.shape
    return (
      <div className={styles.hover} style={place} aria-hidden>
        <b>{card.name}</b>
        <span>{t(`kind.${card.kind}`)}</span>
        {card.hosts > 0 && (
          <span>
            {t(card.kind === 'caller' ? 'clients' : 'hosts', { count: card.hosts, n: format.count(card.hosts) })}
          </span>
        )}
        {card.errors !== null && <span>{t('errors', { share: format.share(card.errors) })}</span>}
        <span className="secondary">{t('hoverCard')}</span>
      </div>
    )
  }
  const { link, label } = hit.line
  const rate = link.edges.reduce((sum, edge) => sum + edge.rate, 0)
  const failed = link.edges.reduce((sum, edge) => sum + (edge.errors ?? 0) * edge.records, 0)
  const measured = link.edges.some(({ errors }) => errors !== null)
  return (
    <div className={styles.hover} style={place} aria-hidden>
      <b>
        {name(link.source.card)} → {name(link.target.card)}
      </b>
      {label.service && <span className="raw">{label.service}</span>}
      {link.tone && <StateBadge state={link.tone} />}
      {label.lines.map(({ value, text, tone }) => (
        <span key={`${value} ${text}`} data-tone={tone}>
          <b>{value}</b> {text}
        </span>
      ))}
      <span>
        {format.rate(rate)}
        {measured && link.records > 0 ? ` · ${t('errors', { share: format.share(failed / link.records) })}` : ''}
      </span>
    </div>
  )
}
