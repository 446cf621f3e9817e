/** What Magpie makes of a file's first lines: its format, how sure that is, and the columns that come out. */
import { useTranslation } from 'react-i18next'
import type { Schemas } from '~/api/client'
import { useFormat } from '~/format/useFormat'
import { LevelBadge } from '~/parts/Badges'
import { useColumnName } from '~/parts/Filters'
import { columnText } from '~/parts/LogList'
import styles from './upload.module.css'

const shown = 12
const candidates = ['source', 'source_module', 'target_module', 'component', 'operation', 'service', 'status', 'host']

export function Preview({ parsed }: { parsed: Schemas['Parsed'] }) {
  const { t } = useTranslation('first')
  const format = useFormat()
  const name = useColumnName()
  const events = parsed.events.slice(0, shown)
  const columns = candidates
    .filter((column) => events.some(({ record }) => columnText(record, column) !== ''))
    .slice(0, 5)
  const levels = events.some(({ record }) => record.severity !== undefined)
  const all = parsed.parsed + parsed.unparsed
  if (all === 0) return <p>{t('emptyFile')}</p>
  return (
    <>
      <p className={styles.verdict} data-bad={parsed.parsed === 0}>
        {parsed.parsed === 0
          ? t('notUnderstood')
          : t('looksLike', {
              format: parsed.format,
              some: format.count(parsed.parsed),
              all: format.count(all),
              share: format.share(parsed.confidence),
            })}
      </p>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard */}
      <section className={styles.preview} tabIndex={0} aria-label={t('preview')}>
        <table className="data">
          <thead>
            <tr>
              <th>{name('time')}</th>
              {levels && <th>{name('severity')}</th>}
              {columns.map((column) => (
                <th key={column}>{name(column)}</th>
              ))}
              <th>{name('message')}</th>
            </tr>
          </thead>
          <tbody>
            {events.map(({ line, record, parse_error }) => (
              <tr key={line} data-error={parse_error !== null || undefined}>
                <td className="raw">{'no_time' in record ? '–' : format.fullTime(record.time).slice(0, 19)}</td>
                {levels && <td>{record.severity ? <LevelBadge level={record.severity} /> : '–'}</td>}
                {columns.map((column) => (
                  <td key={column}>{columnText(record, column)}</td>
                ))}
                <td className="raw">{record.message ?? ''}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </>
  )
}
