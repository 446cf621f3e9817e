/**
 * What a draft would have done: the server replays the stored past with the real judge, and each threshold tells how
 * often it would have fired, how often it flapped, and where.
 */
import { Button, Loader, Select } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { useEffect, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { answer, client, type Schemas } from '~/api/client'
import { useApi } from '~/api/useApi'
import { useFormat } from '~/format/useFormat'
import { ErrorPanel } from '~/parts/Messages'
import { useClock } from '~/time/clock'
import { documentOf, type MonitorDraft, missing, type ThresholdDraft } from './draft'
import styles from './monitors.module.css'

type Replay = Schemas['Preview']
type Episode = Replay['thresholds'][number]['episodes'][number]

const spans = { '1h': 3_600_000, '6h': 6 * 3_600_000, '1d': 86_400_000, '7d': 7 * 86_400_000 }
type SpanName = keyof typeof spans

/** How long a draft must rest before it is replayed. */
const rest = 700

export function Preview({ draft }: { draft: MonitorDraft }) {
  const { t } = useTranslation('monitors')
  const [span, setSpan] = useState<SpanName>('1d')
  const replay = useMutation({
    mutationFn: () => {
      const now = Date.now()
      const body = {
        monitor: documentOf(draft),
        from: new Date(now - spans[span]).toISOString(),
        to: new Date(now).toISOString(),
      }
      return answer('POST preview', client.POST('/api/v1/monitors/preview', { body }))
    },
  })
  const wanted = JSON.stringify([documentOf(draft), span])
  const ready = draft.thresholds.length > 0 && missing(draft).size === 0
  const run = useRef(replay.mutate)
  run.current = replay.mutate
  // biome-ignore lint/correctness/useExhaustiveDependencies: a changed draft is what starts the replay
  useEffect(() => {
    if (!ready) return
    const timer = setTimeout(() => run.current(), rest)
    return () => clearTimeout(timer)
  }, [wanted, ready])

  return (
    <section className={styles.side} aria-label={t('preview')} aria-busy={replay.isPending}>
      <h2>{t('preview')}</h2>
      <Select
        aria-label={t('previewSpan')}
        allowDeselect={false}
        value={span}
        data={(Object.keys(spans) as SpanName[]).map((value) => ({ value, label: t(`spans.${value}`) }))}
        onChange={(value) => setSpan((value ?? '1d') as SpanName)}
      />
      {!ready && <p className="secondary">{t('previewNothing')}</p>}
      {ready && replay.isPending && <Loader size="sm" role="status" aria-label={t('replaying')} />}
      {ready && replay.error && <ErrorPanel error={replay.error} onRetry={() => replay.mutate()} />}
      {ready && replay.data && !replay.isPending && <Outcome replay={replay.data} draft={draft} />}
      {ready && replay.data?.truncated && (
        <p className="secondary">
          {t('previewTruncated')} <Button onClick={() => setSpan('1h')}>{t('previewShorter')}</Button>
        </p>
      )}
    </section>
  )
}

/** A limit as the field's values are written. */
function useLimit() {
  const format = useFormat()
  const { data } = useApi('/api/v1/fields', { still: true })
  return (threshold: ThresholdDraft | undefined) => {
    if (!threshold || threshold.kind === 'new') return threshold?.limit
    const { field: name, aggregate, limit } = threshold
    const field = data?.fields.find((each) => each.name === name) ?? { name }
    return format.field(field, name === 'records' ? 'count' : aggregate, { trim: true })(Number(limit))
  }
}

function Outcome({ replay, draft }: { replay: Replay; draft: MonitorDraft }) {
  const { t } = useTranslation(['monitors', 'common'])
  const comma = t('listComma', { ns: 'common' })
  const format = useFormat()
  const limit = useLimit()
  const { now } = useClock()
  const from = Date.parse(replay.from)
  const to = Date.parse(replay.to)
  return (
    <>
      <p className="secondary">
        {t('previewOf', { combinations: format.count(replay.combinations), buckets: format.count(replay.buckets) })}
      </p>
      {replay.thresholds.map((threshold, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a draft's thresholds are told apart by their place
        <div key={index}>
          <p className="secondary">
            {threshold.field} {draft.thresholds[index]?.kind && t(`kinds.${draft.thresholds[index].kind}`)}{' '}
            {limit(draft.thresholds[index])}
          </p>
          <p className={styles.verdict}>
            {t('fired', { count: threshold.fired, n: format.count(threshold.fired) })}
            {threshold.flaps > 0 &&
              `${comma}${t('flaps', { count: threshold.flaps, n: format.count(threshold.flaps) })}`}
          </p>
          <Lane episodes={threshold.episodes} from={from} to={to} />
          <ul className={styles.episodes}>
            {threshold.episodes.slice(0, 8).map((episode) => (
              <li key={`${episode.since}${JSON.stringify(episode.dimensions)}`}>
                <span className="cut">{Object.values(episode.dimensions).join(' › ') || t('everything')}</span>
                <span>{format.near(episode.since, now)}</span>
                <span className="number">
                  {episode.resolved
                    ? format.since(Date.parse(episode.resolved) - Date.parse(episode.since))
                    : t('stillFiring')}
                </span>
              </li>
            ))}
          </ul>
        </div>
      ))}
    </>
  )
}

/** Where in the replayed time it would have fired. */
function Lane({ episodes, from, to }: { episodes: readonly Episode[]; from: number; to: number }) {
  const place = (moment: number) => `${(100 * (Math.min(to, Math.max(from, moment)) - from)) / Math.max(1, to - from)}%`
  return (
    <div className={styles.lane} aria-hidden>
      {episodes.map((episode) => (
        <span
          key={`${episode.since}${JSON.stringify(episode.dimensions)}`}
          style={{
            left: place(Date.parse(episode.since)),
            right: `calc(100% - ${place(episode.resolved ? Date.parse(episode.resolved) : to)})`,
          }}
        />
      ))}
    </div>
  )
}
