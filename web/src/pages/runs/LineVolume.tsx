/** The volume of the lines over time by level, and how many lines are folded away, with the way to see them. */
import { Button } from '@mantine/core'
import { useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import { useApi } from '~/api/useApi'
import { NoVolume, Volume } from '~/charts/Volume'
import { type Band, bands, volumeOf } from '~/charts/volume'
import { useFormat } from '~/format/useFormat'
import { useRange } from '~/time/useRange'
import type { lineFilter } from './filters'
import styles from './runs.module.css'
import type { Level, RunsSearch } from './search'

/** The levels of each part of a bar. */
export const bandLevels: Record<Band, readonly Level[]> = {
  calm: ['trace', 'debug', 'info'],
  warn: ['warn'],
  error: ['error', 'fatal'],
}

interface LineVolumeProps {
  filter: ReturnType<typeof lineFilter>
  ready: boolean
  folded: number
  search: RunsSearch
  onChange: (changed: Partial<RunsSearch>) => void
}

export function LineVolume({ filter, ready, folded, search, onChange }: LineVolumeProps) {
  const { query } = useRange()
  const { data } = useApi('/api/v1/runs/logs/histogram', { query: { ...query, ...filter }, enabled: ready })
  const volume = useMemo(() => (data ? volumeOf(data) : null), [data])
  const chosen = search.severity ?? []
  const on = bands.filter((band) => bandLevels[band].every((level) => chosen.includes(level)))
  const flip = (band: Band) => {
    const others = chosen.filter((level) => !bandLevels[band].includes(level))
    const next = on.includes(band) ? others : [...others, ...bandLevels[band]]
    onChange({ severity: next.length > 0 ? next : undefined })
  }
  return (
    <div className={styles.volume}>
      {volume ? <Volume volume={volume} chosen={on} onBand={flip} /> : <NoVolume />}
      <Folded folded={folded} shown={search.attempts === 'shown'} onChange={onChange} />
    </div>
  )
}

interface FoldedProps {
  folded: number
  shown: boolean
  onChange: (changed: Partial<RunsSearch>) => void
}

/** "11 retries folded · show attempts": what is left out says so. */
function Folded({ folded, shown, onChange }: FoldedProps) {
  const { t } = useTranslation('runlogs')
  const format = useFormat()
  if (folded === 0 && !shown) return null
  return (
    <p className={styles.folded}>
      {shown ? t('attemptsShown') : t('folded', { count: folded, n: format.count(folded) })}
      <Button size="xs" variant="subtle" onClick={() => onChange({ attempts: shown ? undefined : 'shown' })}>
        {shown ? t('foldAttempts') : t('showAttempts')}
      </Button>
    </p>
  )
}
