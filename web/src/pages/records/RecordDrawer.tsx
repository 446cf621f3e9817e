/**
 * One record with all it says: level and full time, its words, what one may do with it, every column with filters and
 * copy, the line as it was read, and where it stands: host, file, offset.
 */
import { Button, CopyButton } from '@mantine/core'
import { IconCheck, IconCode, IconLink, IconListDetails, IconRoute } from '@tabler/icons-react'
import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { type AnswerOf, useApi } from '~/api/useApi'
import { useFormat } from '~/format/useFormat'
import { LevelBadge } from '~/parts/Badges'
import { FieldList, type FieldRow, type Filter } from '~/parts/Filters'
import { columnText, countedLines, type LogRecord, partialAttribute } from '~/parts/LogList'
import shared from '~/parts/record.module.css'
import { written } from './query'
import styles from './records.module.css'

type Fields = AnswerOf<'/api/v1/fields'>

export function RecordHead({ record }: { record: LogRecord }) {
  const format = useFormat()
  return (
    <>
      <LevelBadge level={record.severity} />
      <span className="raw">{format.fullTime(record.time)}</span>
    </>
  )
}

interface RecordDrawerProps {
  record: LogRecord
  around: boolean
  onAround: (on: boolean) => void
  onFilter: (filter: Filter) => void
}

export function RecordDrawer({ record, around, onAround, onFilter }: RecordDrawerProps) {
  const { t } = useTranslation('records')
  const fields = useApi('/api/v1/fields', { still: true }).data
  const format = useFormat()
  const rows = rowsOf(record, fields, format)
  const message = record.message ?? ''
  const lines = countedLines(record)
  const wordless = lines === null ? t('noWords') : t('partial', { count: lines, amount: format.count(lines) })
  const link = `${location.origin}/records?record=${record.id}`
  return (
    <div className={styles.record}>
      <p className={shared.summary}>{message.split('\n')[0]?.slice(0, 300) || wordless}</p>
      {record.from_agent && <p className={styles.mark}>{t('fromAgent')}</p>}
      {record.sampled && <p className={styles.mark}>{t('sampled')}</p>}
      <div className={shared.actions}>
        <Button
          variant={around ? 'light' : 'filled'}
          leftSection={<IconListDetails size={14} aria-hidden />}
          aria-pressed={around}
          disabled={record.file === undefined}
          onClick={() => onAround(!around)}
        >
          {t('around')}
        </Button>
        <Copy value={link} label={t('link')} icon={<IconLink size={14} aria-hidden />} />
        <Copy value={JSON.stringify(record, null, 2)} label={t('copyJson')} icon={<IconCode size={14} aria-hidden />} />
      </div>
      <Related record={record} />
      <h2 className={styles.heading}>{t('fields')}</h2>
      <FieldList rows={rows} onFilter={onFilter} />
      <h2 className={styles.heading}>
        {t('raw')}
        <CopyButton value={message}>
          {({ copied, copy }) => (
            <button type="button" className={styles.quiet} onClick={copy}>
              {copied ? t('copied', { ns: 'common' }) : t('copy', { ns: 'common' })}
            </button>
          )}
        </CopyButton>
      </h2>
      <pre className={shared.text}>{pretty(message)}</pre>
      <Place record={record} />
    </div>
  )
}

function Copy({ value, label, icon }: { value: string; label: string; icon: ReactNode }) {
  const { t } = useTranslation()
  return (
    <CopyButton value={value}>
      {({ copied, copy }) => (
        <Button leftSection={copied ? <IconCheck size={14} aria-hidden /> : icon} onClick={copy}>
          {copied ? t('copied') : label}
        </Button>
      )}
    </CopyButton>
  )
}

/** All records of the same trace, and of the same run. */
function Related({ record }: { record: LogRecord }) {
  const { t } = useTranslation('records')
  const links = (['trace_id', 'job_id'] as const).flatMap((column) => {
    const value = record[column]
    return value ? [{ column, value }] : []
  })
  if (links.length === 0) return null
  return (
    <ul className={styles.related}>
      {links.map(({ column, value }) => (
        <li key={column}>
          <IconRoute size={14} aria-hidden />
          <Link to="/records" search={{ q: `${column}:${written(value)}`, record: record.id }}>
            {t(`related.${column}`)} <span className="raw">{value.length > 12 ? `…${value.slice(-8)}` : value}</span>
          </Link>
        </li>
      ))}
    </ul>
  )
}

/** Host, file and offset of the line, as one would look for it by hand. */
function Place({ record }: { record: LogRecord }) {
  const { t } = useTranslation('records')
  const format = useFormat()
  const { host, file, offset } = record
  if (file === undefined) return null
  const path = `${host ? `${host}:` : ''}${file}`
  return (
    <p className={styles.place}>
      <span className="raw">{path}</span>
      {offset !== undefined && <span>{t('offset', { n: format.exact(offset) })}</span>}
    </p>
  )
}

const notListed = new Set(['id', 'message', 'time', 'severity', 'attributes', 'offset'])
/** What the query line knows by another name, or not at all. */
const notAsked = new Set(['offset', 'attempt'])

function rowsOf(record: LogRecord, fields: Fields | undefined, format: ReturnType<typeof useFormat>): FieldRow[] {
  const own = Object.keys(record).filter((column) => !notListed.has(column))
  const measured = new Map(fields?.fields.map((field) => [field.name, field]))
  return [
    ...own.map((column): FieldRow => {
      const value = columnText(record, column)
      const field = measured.get(column)
      const shown = field && !field.flag ? format.field(field)(Number(value)) : value
      return { column, value, shown, filterable: !notAsked.has(column) }
    }),
    ...Object.entries(record.attributes ?? {})
      // Told in words, and whole in the copy as JSON.
      .filter(([name]) => name !== partialAttribute)
      .map(([name, value]): FieldRow => ({ column: `attr.${name}`, value })),
  ]
}

/** JSON is written over several lines; anything else as it is. */
function pretty(message: string): string {
  if (!message.startsWith('{')) return message
  try {
    return JSON.stringify(JSON.parse(message), null, 2)
  } catch {
    return message
  }
}
