/** Rate, memory, disk, store, oldest data and the lag of judging: the number first, its limit beside it, a bar below. */
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { useApi } from '~/api/useApi'
import { useFormat } from '~/format/useFormat'
import { Sparkline } from '~/parts/Sparkline'
import { useClock } from '~/time/clock'
import styles from './health.module.css'
import {
  droppedIn,
  fullest,
  type Health,
  judgeLag,
  type Level,
  levelOf,
  minute,
  oldestAge,
  perMinute,
  shareOf,
} from './measures'
import { usePartNames } from './names'

export function Measures({ health }: { health: Health }) {
  const { t } = useTranslation('health')
  const format = useFormat()
  const { now } = useClock()
  const names = usePartNames()
  const { disk, memory, store, retention, judge_lag_ms: lag } = health
  const memoryShare = shareOf(memory?.used_bytes ?? 0, memory?.limit_bytes)
  const diskShare = disk ? shareOf(disk.total_bytes - disk.free_bytes, disk.total_bytes) : null
  const worst = fullest(health.queues)
  const dropped = droppedIn(health.queues)
  const age = oldestAge(health, now)
  const lagLevel: Level = lag === null || lag < judgeLag.soon ? 'ok' : lag < judgeLag.bad ? 'pending' : 'firing'
  return (
    <section className={styles.measures} aria-label={t('measures')}>
      <Measure
        name={t('rate')}
        value={format.rate(health.records_per_second, 'record')}
        limit={t('readingBytes', { size: format.bytes(health.bytes_per_second) })}
        chart={<LastHour />}
      />
      <Measure
        name={t('memory')}
        value={format.bytes(memory?.used_bytes)}
        limit={memory?.limit_bytes ? t('of', { limit: format.bytes(memory.limit_bytes) }) : t('noLimit')}
        share={memoryShare}
        level={levelOf(memoryShare)}
      />
      <Measure
        name={t('queuesName')}
        value={format.share(worst?.share ?? null)}
        limit={worst ? names.queue(worst.name) : ''}
        share={worst?.share ?? null}
        level={dropped > 0 ? 'firing' : levelOf(worst?.share ?? null, 0.9, 1)}
        note={dropped > 0 ? t('droppedInAll', { n: format.count(dropped) }) : t('nothingDropped')}
      />
      <Measure
        name={t('disk')}
        value={format.bytes(disk?.free_bytes)}
        limit={disk ? t('freeOf', { total: format.bytes(disk.total_bytes) }) : ''}
        share={diskShare}
        level={levelOf(diskShare, 0.9, 0.97)}
        note={disk ? t('ownData', { size: format.bytes(disk.used_bytes) }) : undefined}
      />
      <Measure
        name={t('stored')}
        value={format.count(store.rows + store.open_rows)}
        limit={
          retention.size_bytes === null
            ? t('bytesNoLimit', { size: format.bytes(store.bytes) })
            : t('bytesOf', { size: format.bytes(store.bytes), limit: format.bytes(retention.size_bytes) })
        }
        share={shareOf(store.bytes, retention.size_bytes)}
        note={t('segments', {
          count: store.segments,
          n: format.count(store.segments),
          open: format.count(store.open_rows),
        })}
      />
      <Measure
        name={t('oldest')}
        value={age === null ? '–' : format.since(age * 1000)}
        limit={t('keptFor', { age: format.since(retention.age_seconds * 1000) })}
        // Old records that came lately live on, however old they are: how much of their time is over is not known.
        share={age === null || age > retention.age_seconds ? null : shareOf(age, retention.age_seconds)}
        note={health.oldest === null ? undefined : format.dateMinutes(health.oldest)}
      />
      <Measure
        name={t('lag')}
        value={format.duration(lag)}
        limit={t('shouldBe', { limit: format.duration(judgeLag.soon, { trim: true }) })}
        share={lag === null ? null : shareOf(lag, judgeLag.bad)}
        level={lagLevel}
      />
    </section>
  )
}

interface MeasureProps {
  name: string
  value: string
  /** What it is measured against, or what belongs to it. */
  limit: string
  /** How much of the limit is taken; no bar without. */
  share?: number | null
  level?: Level
  note?: ReactNode
  /** Beside the number. */
  chart?: ReactNode
}

/** Records of each minute of the last hour, by their own times. */
function LastHour() {
  const { t } = useTranslation('health')
  const { now } = useClock()
  const to = Math.floor(now / minute) * minute
  const { data } = useApi('/api/v1/records/histogram', {
    query: { from: new Date(to - 60 * minute).toISOString(), to: new Date(to).toISOString(), step: '1m' },
  })
  if (!data) return null
  return <Sparkline values={perMinute(data.bars, to)} label={t('lastHour')} width={240} height={36} />
}

function Measure({ name, value, limit, share = null, level = 'ok', note, chart }: MeasureProps) {
  const { t } = useTranslation('health')
  const format = useFormat()
  return (
    <div className={styles.measure} data-level={level}>
      <h2>{name}</h2>
      <p className={styles.value}>
        <strong>{value}</strong> <span>{limit}</span>
        {chart && <span className={styles.chart}>{chart}</span>}
      </p>
      {share !== null && (
        // biome-ignore lint/a11y/useSemanticElements: browsers draw a <meter> in colours of their own
        <div
          className={styles.bar}
          role="meter"
          aria-label={name}
          aria-valuenow={Math.round(share * 100)}
          aria-valuemin={0}
          aria-valuemax={100}
          aria-valuetext={t('taken', { share: format.share(share) })}
        >
          <span style={{ width: `${Math.max(share > 0 ? 0.5 : 0, share * 100)}%` }} />
        </div>
      )}
      <p className={styles.note}>
        {level !== 'ok' && <b>{t(`level.${level}`)} </b>}
        {note}
      </p>
    </div>
  )
}
