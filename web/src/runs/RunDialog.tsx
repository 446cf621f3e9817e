/** Runs a flow now, with an input of one's own or none, and leads to the run. */
import { Button, Modal, Textarea } from '@mantine/core'
import { useNavigate } from '@tanstack/react-router'
import { type FormEvent, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useMay } from '~/access/session'
import { ErrorPanel } from '~/parts/Messages'
import { splitFlow } from './names'
import { jsonMistake } from './RetryDialog'
import styles from './runs.module.css'
import { useRunActions } from './useRunActions'

interface RunDialogProps {
  flow: string
  /** The input to begin with. */
  input?: unknown
  onClose: () => void
}

export function RunDialog({ flow, input, onClose }: RunDialogProps) {
  const may = useMay()
  const { t } = useTranslation(['runs', 'common'])
  const navigate = useNavigate()
  const [text, setText] = useState(input === undefined ? '' : JSON.stringify(input, null, 2))
  const { start } = useRunActions()
  const mistake = text.trim() === '' ? null : jsonMistake(text)
  const send = (event: FormEvent) => {
    event.preventDefault()
    start.mutate(
      { flow, input: text.trim() === '' ? undefined : (JSON.parse(text) as unknown) },
      {
        onSuccess: ({ job_id }) => {
          onClose()
          void navigate({ to: '/runs/$job', params: { job: job_id } })
        },
      },
    )
  }
  return (
    <Modal
      opened
      size={520}
      title={t('start.title', { flow: splitFlow(flow).name })}
      closeButtonProps={{ 'aria-label': t('close', { ns: 'common' }) }}
      onClose={onClose}
    >
      <form className={styles.form} onSubmit={send}>
        <Textarea
          label={t('start.input')}
          description={t('start.hint')}
          placeholder={'{ "order": "ord-1" }'}
          classNames={{ input: styles.code }}
          data-autofocus
          autosize
          minRows={6}
          maxRows={18}
          spellCheck={false}
          value={text}
          error={mistake && t('notJson', { mistake })}
          onChange={({ currentTarget }) => setText(currentTarget.value)}
        />
        {start.error && <ErrorPanel error={start.error} />}
        <div className={styles.formEnd}>
          <Button onClick={onClose}>{t('cancel', { ns: 'common' })}</Button>
          <Button
            type="submit"
            variant="filled"
            disabled={mistake !== null}
            loading={start.isPending}
            {...may('operator')}
          >
            {t('start.do')}
          </Button>
        </div>
      </form>
    </Modal>
  )
}
