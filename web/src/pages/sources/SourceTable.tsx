/** A row per source, worst first where something is wrong: rate, lag, what is not understood, hosts, format. */
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import type { Schemas } from '~/api/client'
import { useFormat } from '~/format/useFormat'
import { StateBadge } from '~/parts/Badges'
import { useClock } from '~/time/clock'
import styles from './sources.module.css'
import { isHistory, lateAfter, unparsedShare } from './state'

export type Source = Schemas['Source']

interface SourceTableProps {
  sources: readonly Source[]
  onOpen: (name: string) => void
  action: ReactNode
}

export function SourceTable({ sources, onOpen, action }: SourceTableProps) {
  const { t } = useTranslation('sources')
  const format = useFormat()
  const lines = sources.reduce((sum, { lines_per_second }) => sum + lines_per_second, 0)
  return (
    <>
      <header className={styles.head}>
        <strong>{t('count', { count: sources.length, n: format.count(sources.length) })}</strong>
        <span className="secondary">{t('together', { rate: format.rate(lines, 'line') })}</span>
        <div className={styles.headAction}>{action}</div>
      </header>
      <table className={`data ${styles.table}`}>
        <thead>
          <tr>
            <th>{t('name')}</th>
            <th>{t('state')}</th>
            <th className="number">{t('rate')}</th>
            <th className="number">{t('lag')}</th>
            <th className="number">{t('unparsed')}</th>
            <th>{t('format')}</th>
            <th>{t('hosts')}</th>
            <th className="number">{t('last')}</th>
          </tr>
        </thead>
        <tbody>
          {sources.map((source) => (
            <Row key={source.name} source={source} onOpen={() => onOpen(source.name)} />
          ))}
        </tbody>
      </table>
    </>
  )
}

function Row({ source, onOpen }: { source: Source; onOpen: () => void }) {
  const { t } = useTranslation('sources')
  const format = useFormat()
  const { now } = useClock()
  const share = unparsedShare(source)
  return (
    // the button in the first cell does the same by key
    <tr onClick={onOpen}>
      <td data-cell="name">
        <button type="button" className={styles.open} onClick={onOpen}>
          {source.name}
        </button>
      </td>
      <td data-cell="state">
        <SourceState source={source} />
      </td>
      <td className="number" data-label={t('rate')}>
        {format.rate(source.lines_per_second, 'line')}
        <Throughput source={source} />
      </td>
      <td className="number" data-label={t('lag')}>
        <Lag source={source} />
      </td>
      <td className="number" data-label={t('unparsed')}>
        <span data-bad={share !== null && share > 0}>{format.share(share)}</span>
        <small>{t('ofLines', { n: format.count(source.parsed + source.unparsed_total) })}</small>
      </td>
      <td data-label={t('format')}>
        <FormatName source={source} />
      </td>
      <td className="cut" data-label={t('hosts')} title={source.hosts.join(', ')}>
        <Hosts hosts={source.hosts} />
      </td>
      <td className="number" data-label={t('last')}>
        {format.near(source.last_record, now)}
        <FileCount source={source} />
      </td>
    </tr>
  )
}

export function SourceState({ source }: { source: Source }) {
  const { t } = useTranslation('sources')
  if (source.error) {
    return (
      <span className={styles.failing}>
        <StateBadge state="firing" label={t('failing')} /> <span className="cut">{source.error}</span>
      </span>
    )
  }
  if (source.parsed + source.unparsed_total === 0) return <StateBadge state="unknown" label={t('nothingYet')} />
  if (source.lag_bytes > 0 && (source.lag_seconds ?? 0) > lateAfter) {
    return <StateBadge state="pending" label={t('behind')} />
  }
  if (source.unparsed_total > source.parsed) return <StateBadge state="pending" label={t('mostlyUnparsed')} />
  return <StateBadge state="ok" label={t('reading')} />
}

/** Of a source that rests its lines per minute say it all. */
export function Throughput({ source: { bytes_per_second } }: { source: Source }) {
  const { t } = useTranslation('sources')
  const format = useFormat()
  return bytes_per_second > 0 && <small>{t('perSecond', { size: format.bytes(bytes_per_second) })}</small>
}

/** What is sent to a port comes from no file. */
export function FileCount({ source: { files, received } }: { source: Source }) {
  const { t } = useTranslation('sources')
  const format = useFormat()
  return (files > 0 || received === null) && <small>{t('fileCount', { count: files, n: format.count(files) })}</small>
}

export function Lag({ source }: { source: Source }) {
  const { t } = useTranslation('sources')
  const format = useFormat()
  const behind = (
    <>
      <span data-bad={(source.lag_seconds ?? 0) > lateAfter}>
        {format.duration(source.lag_seconds === null ? null : source.lag_seconds * 1000)}
      </span>
      <small>{format.bytes(source.lag_bytes)}</small>
    </>
  )
  return (
    <>
      {source.lag_bytes === 0 ? <span>{t('noLag')}</span> : behind}
      {source.delay && <Delay {...source.delay} />}
    </>
  )
}

/** How soon after they were written lines can be asked for. */
function Delay({ p50_ms, p99_ms }: NonNullable<Source['delay']>) {
  const { t } = useTranslation('sources')
  const format = useFormat()
  const within = { p50: format.duration(p50_ms), p99: format.duration(p99_ms) }
  if (isHistory(p50_ms))
    return <small title={t('delayTitle', within)}>{t('history', { age: format.since(p50_ms) })}</small>
  return (
    <small data-bad={p99_ms > lateAfter * 1000 && !isHistory(p99_ms)} title={t('delayTitle', within)}>
      {t('delay', within)}
    </small>
  )
}

export function FormatName({ source }: { source: Source }) {
  const { t } = useTranslation('sources')
  const format = useFormat()
  const { parser, confidence } = source
  return (
    <span className={styles.format}>
      <span className="raw">{source.format ?? '–'}</span>
      {parser.origin === 'ui' ? (
        <StateBadge state="silenced" label={t('savedHere')} />
      ) : (
        confidence !== null && <small>{t('sure', { share: format.share(confidence) })}</small>
      )}
    </span>
  )
}

const fewHosts = 2

function Hosts({ hosts }: { hosts: readonly string[] }) {
  const { t } = useTranslation('sources')
  const format = useFormat()
  if (hosts.length === 0) return '–'
  const rest = hosts.length - fewHosts
  return (
    <>
      {hosts.slice(0, fewHosts).join(', ')}
      {rest > 0 && <small> {t('moreHosts', { n: format.count(rest) })}</small>}
    </>
  )
}
