/** Waives failures with a reason: they leave the inbox, their kept input may go, and the reason stays with each run. */
import { Button, Modal, Textarea } from '@mantine/core'
import { type FormEvent, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useMay } from '~/access/session'
import type { Run } from '~/api/runs'
import { WhoField } from '~/attention/WhoField'
import { useFormat } from '~/format/useFormat'
import { ErrorPanel } from '~/parts/Messages'
import { BatchResult, useBatch } from './Batch'
import styles from './runs.module.css'
import { useRunActions } from './useRunActions'

interface WaiveDialogProps {
  runs: readonly Run[]
  onClose: () => void
}

export function WaiveDialog({ runs, onClose }: WaiveDialogProps) {
  const may = useMay()
  const { t } = useTranslation(['runs', 'common'])
  const format = useFormat()
  const [reason, setReason] = useState('')
  const { waiveAll } = useRunActions()
  const batch = useBatch(onClose)
  const send = (event: FormEvent) => {
    event.preventDefault()
    waiveAll.mutate({ job_ids: runs.map(({ job_id }) => job_id), reason: reason.trim() }, { onSuccess: batch.heard })
  }
  return (
    <Modal
      opened
      title={t('waive.title', { count: runs.length, n: format.count(runs.length) })}
      closeButtonProps={{ 'aria-label': t('close', { ns: 'common' }) }}
      onClose={onClose}
    >
      <form className={styles.form} onSubmit={send}>
        <p className={styles.hint}>{t('waive.hint')}</p>
        <Textarea
          label={t('waive.reason')}
          placeholder={t('waive.example')}
          data-autofocus
          autosize
          minRows={2}
          maxRows={8}
          value={reason}
          onChange={({ currentTarget }) => setReason(currentTarget.value)}
        />
        <WhoField />
        {waiveAll.error && <ErrorPanel error={waiveAll.error} />}
        <BatchResult refused={batch.refused} />
        <div className={styles.formEnd}>
          <Button onClick={onClose}>{t('cancel', { ns: 'common' })}</Button>
          <Button
            type="submit"
            variant="filled"
            disabled={!reason.trim()}
            title={reason.trim() ? undefined : t('waive.needsReason')}
            loading={waiveAll.isPending}
            {...may('operator')}
          >
            {t('waive.do')}
          </Button>
        </div>
      </form>
    </Modal>
  )
}
