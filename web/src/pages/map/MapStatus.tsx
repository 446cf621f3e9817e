/** Over the picture's corner: how much is shown, and everything that is not, each with the way to see it. */
import { CloseButton } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import { useFormat } from '~/format/useFormat'
import { CompletenessPill } from '~/parts/Completeness'
import { Stale } from '~/parts/Messages'
import { useClock } from '~/time/clock'
import type { Change } from './MapBar'
import styles from './map.module.css'
import type { View } from './model/view'
import type { MapSearch } from './search'
import type { MapData } from './useMapData'

interface MapStatusProps {
  search: MapSearch
  change: Change
  data: MapData
  view: View | null
  focus: string | null
  focusName: string
  comparing: boolean
  phone: boolean
  found: number | null
  hiddenLabels: number
  busy: boolean
  onLeave: () => void
}

export function MapStatus(props: MapStatusProps) {
  const { search, change, data, view, focus, focusName, comparing, found, hiddenLabels, busy, onLeave } = props
  const { t } = useTranslation('map')
  const format = useFormat()
  const { now } = useClock()
  const { reading } = data
  if (!view) return null
  const { idle, filtered, capped } = view.hidden
  const total = reading.data?.edges_total ?? 0
  const beyond = capped + Math.max(0, total - (reading.data?.edges.length ?? 0))
  return (
    <div className={styles.status} role="status">
      {focus && (
        <span className={styles.crumb}>
          {t('near', { name: focusName })}
          <CloseButton size="xs" aria-label={t('leave')} onClick={onLeave} />
        </span>
      )}
      <span>
        {t('nodeCount', { count: view.cards.length, n: format.count(view.cards.length) })}
        {t('comma')}
        {t('edgeCount', { count: view.edges, n: format.count(view.edges) })}
      </span>
      {found !== null && !search.hide && <span>{t('matches', { count: found, n: format.count(found) })}</span>}
      {idle > 0 && (
        <button type="button" className="inline" onClick={() => change({ idle: true })}>
          {t('idleHidden', { count: idle, n: format.count(idle) })}
        </button>
      )}
      {search.idle && (
        <button type="button" className="inline" onClick={() => change({ idle: undefined })}>
          {t('hideIdle')}
        </button>
      )}
      {filtered > 0 && (
        <button type="button" className="inline" onClick={() => change({ hide: undefined, tier: undefined })}>
          {t('filteredHidden', { count: filtered, n: format.count(filtered) })}
        </button>
      )}
      {view.folded > 0 && <span>{t('foldedCount', { count: view.folded, n: format.count(view.folded) })}</span>}
      {beyond > 0 && <span className={styles.warn}>{t('capped', { count: beyond, n: format.count(beyond) })}</span>}
      {hiddenLabels > 0 && <span>{t('labelsHidden', { count: hiddenLabels, n: format.count(hiddenLabels) })}</span>}
      {comparing && (
        <button type="button" className="inline" onClick={() => change({ compare: undefined })}>
          {t('compareOff')}
        </button>
      )}
      {busy && <span>{t('layingOut')}</span>}
      {reading.stale && <Stale at={reading.at} now={Math.max(now, Date.now())} />}
      <CompletenessPill completeness={reading.data?.completeness} />
    </div>
  )
}
