/**
 * The lines around one of them, as they stand in its file: the line itself marked, more to be had at either end, and a
 * way back to the results.
 */
import { Button } from '@mantine/core'
import { IconArrowLeft } from '@tabler/icons-react'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useApi } from '~/api/useApi'
import { LogList, type LogRecord } from '~/parts/LogList'
import { Panel } from '~/parts/Panel'
import styles from './records.module.css'

const atFirst = 25
const most = 500

interface AroundProps {
  id: string
  onSelect: (record: LogRecord) => void
  selected: string
  onBack: () => void
}

export function Around({ id, onSelect, selected, onBack }: AroundProps) {
  const { t } = useTranslation('records')
  const [before, setBefore] = useState(atFirst)
  const [after, setAfter] = useState(atFirst)
  const reading = useApi('/api/v1/records/{id}/around', { path: { id }, query: { before, after }, still: true })
  const here = reading.data?.records[reading.data.here]
  const wider = (count: number) => Math.min(most, count + 50)
  return (
    <Panel
      className={styles.list}
      reading={reading}
      title={t('aroundTitle')}
      note={here && <span className="raw">{`${here.host ? `${here.host}:` : ''}${here.file ?? ''}`}</span>}
      actions={
        <>
          <Button size="xs" disabled={before >= most} onClick={() => setBefore(wider(before))}>
            {t('moreBefore')}
          </Button>
          <Button size="xs" disabled={after >= most} onClick={() => setAfter(wider(after))}>
            {t('moreAfter')}
          </Button>
          <Button size="xs" leftSection={<IconArrowLeft size={14} aria-hidden />} onClick={onBack}>
            {t('backToList')}
          </Button>
        </>
      }
    >
      {({ records }) => (
        <LogList
          records={records}
          label={t('aroundTitle')}
          columns={['offset']}
          selected={selected}
          marked={id}
          onSelect={onSelect}
          dated
        />
      )}
    </Panel>
  )
}
