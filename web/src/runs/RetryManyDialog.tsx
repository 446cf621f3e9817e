/** Tries several failed runs again at once: each from its failed step or all from their start, each by its own version or all by the newest. */
import { Button, Modal, SegmentedControl } from '@mantine/core'
import { type FormEvent, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useMay } from '~/access/session'
import type { Run } from '~/api/runs'
import { useFormat } from '~/format/useFormat'
import { ErrorPanel } from '~/parts/Messages'
import { BatchResult, useBatch } from './Batch'
import { FlowName, faultText, shortJob } from './names'
import styles from './runs.module.css'
import { useRunActions } from './useRunActions'

/** Runs that are named; the others are counted. */
const shownRuns = 100

interface RetryManyDialogProps {
  runs: readonly Run[]
  onClose: () => void
}

export function RetryManyDialog({ runs, onClose }: RetryManyDialogProps) {
  const may = useMay()
  const { t } = useTranslation(['runs', 'common'])
  const format = useFormat()
  const [from, setFrom] = useState('failed')
  const [version, setVersion] = useState<'same' | 'newest'>('same')
  const { retryAll } = useRunActions()
  const batch = useBatch(onClose)
  const send = (event: FormEvent) => {
    event.preventDefault()
    retryAll.mutate({ job_ids: runs.map(({ job_id }) => job_id), from, version }, { onSuccess: batch.heard })
  }
  return (
    <Modal
      opened
      size={520}
      title={t('retry.many', { count: runs.length, n: format.count(runs.length) })}
      closeButtonProps={{ 'aria-label': t('close', { ns: 'common' }) }}
      onClose={onClose}
    >
      <form className={styles.form} onSubmit={send}>
        <SegmentedControl
          aria-label={t('retry.from')}
          size="xs"
          value={from}
          data={[
            { value: 'failed', label: t('retry.eachFailed') },
            { value: 'start', label: t('retry.start') },
          ]}
          onChange={setFrom}
        />
        <SegmentedControl
          aria-label={t('retry.version')}
          size="xs"
          value={version}
          data={[
            { value: 'same', label: t('retry.eachSame') },
            { value: 'newest', label: t('retry.newest') },
          ]}
          onChange={(value) => setVersion(value as 'same' | 'newest')}
        />
        <ul className={styles.steps}>
          {runs.slice(0, shownRuns).map((run) => (
            <li key={run.job_id} data-again>
              <FlowName flow={run.flow} application={run.application} />
              <span className="secondary cut">{faultText(run)}</span>
              <span className="raw">{shortJob(run.job_id)}</span>
            </li>
          ))}
          {runs.length > shownRuns && <li>{t('retry.others', { n: format.count(runs.length - shownRuns) })}</li>}
        </ul>
        {retryAll.error && <ErrorPanel error={retryAll.error} />}
        <BatchResult refused={batch.refused} />
        <div className={styles.formEnd}>
          <Button onClick={onClose}>{t('cancel', { ns: 'common' })}</Button>
          <Button type="submit" variant="filled" loading={retryAll.isPending} {...may('operator')}>
            {t('retry.do')}
          </Button>
        </div>
      </form>
    </Modal>
  )
}
