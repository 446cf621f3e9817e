/** The records: search, the newest first, and each with all its columns down to the raw line. */
import { TextInput } from '@mantine/core'
import { IconSearch } from '@tabler/icons-react'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useApi } from '~/api/useApi'
import { useFormat } from '~/format/useFormat'
import { LevelBadge } from '~/parts/Badges'
import { FieldList } from '~/parts/Filters'
import { columnText, LogList, type LogRecord } from '~/parts/LogList'
import { EmptyRange } from '~/parts/Messages'
import { PageLayout } from '~/parts/PageLayout'
import { Panel } from '~/parts/Panel'
import { useRange } from '~/time/useRange'
import styles from './records.module.css'

const columns = ['source_module', 'target_module', 'service', 'status', 'host']

export function RecordsPage() {
  const { t } = useTranslation('records')
  const { q, record } = useSearch({ from: '/records' })
  const navigate = useNavigate({ from: '/records' })
  const { query } = useRange()
  const reading = useApi('/api/v1/records', { query: { ...query, contains: q, limit: 1000 } })
  const opened = useApi('/api/v1/records/{id}', {
    path: { id: record ?? '' },
    enabled: record !== undefined,
    still: true,
  })
  const open = (id: string | undefined) => void navigate({ search: (before) => ({ ...before, record: id }) })
  return (
    <PageLayout
      filterBar={
        <SearchLine
          key={q}
          text={q ?? ''}
          onSearch={(text) => void navigate({ search: (before) => ({ ...before, q: text || undefined }) })}
        />
      }
      drawer={
        record
          ? {
              label: t('record'),
              head: opened.data && <RecordHead record={opened.data} />,
              children: <Panel reading={opened}>{(found) => <RecordFacts record={found} />}</Panel>,
              onClose: () => open(undefined),
            }
          : null
      }
    >
      <Panel
        className={styles.list}
        reading={reading}
        isEmpty={({ records }) => records.length === 0}
        empty={<EmptyRange title={t('noMatch')} hint={t('noMatchHint')} />}
      >
        {({ records }) => (
          <LogList
            records={records}
            label={t('list')}
            columns={columns}
            selected={record}
            onSelect={({ id }) => open(id)}
          />
        )}
      </Panel>
    </PageLayout>
  )
}

function SearchLine({ text, onSearch }: { text: string; onSearch: (text: string) => void }) {
  const { t } = useTranslation('records')
  const [typed, setTyped] = useState(text)
  return (
    <form
      className={styles.search}
      onSubmit={(event) => {
        event.preventDefault()
        onSearch(typed.trim())
      }}
    >
      <TextInput
        type="search"
        aria-label={t('search')}
        placeholder={t('placeholder')}
        leftSection={<IconSearch size={14} />}
        value={typed}
        onChange={(event) => setTyped(event.currentTarget.value)}
      />
    </form>
  )
}

function RecordHead({ record }: { record: LogRecord }) {
  const format = useFormat()
  return (
    <>
      <LevelBadge level={record.severity} />
      <span className="raw">{format.fullTime(record.time)}</span>
    </>
  )
}

const notListed = new Set(['id', 'message', 'time', 'severity', 'attributes'])

function RecordFacts({ record }: { record: LogRecord }) {
  const { t } = useTranslation('records')
  const known = Object.keys(record).filter((column) => !notListed.has(column))
  const rows = [
    ...known.map((column) => ({ column, value: columnText(record, column) })),
    ...Object.entries(record.attributes ?? {}).map(([column, value]) => ({ column, value })),
  ]
  return (
    <>
      <FieldList rows={rows} />
      <h3 className={styles.heading}>{t('raw')}</h3>
      <pre className={styles.raw}>{record.message}</pre>
    </>
  )
}
