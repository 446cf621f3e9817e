/** Runs a flow now, with an input of one's own or none, and leads to the run. */
import { Button, Modal, Textarea } from '@mantine/core'
import { useNavigate } from '@tanstack/react-router'
import { type FormEvent, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useMay } from '~/access/session'
import type { RunDetail } from '~/api/runs'
import { ErrorPanel } from '~/parts/Messages'
import { jsonMistake } from './jsonMistake'
import { splitFlow } from './names'
import styles from './runs.module.css'
import { useRunActions } from './useRunActions'

interface RunDialogProps {
  flow: string
  /** A run whose input to begin with, as far as it is shown. */
  like?: Pick<RunDetail, 'input' | 'input_cut' | 'input_redacted'>
  onClose: () => void
}

export function RunDialog({ flow, like, onClose }: RunDialogProps) {
  const may = useMay()
  const { t } = useTranslation(['runs', 'common'])
  const navigate = useNavigate()
  const [text, setText] = useState(() => (like && !like.input_cut ? JSON.stringify(like.input, null, 2) : ''))
  const { start } = useRunActions()
  const mistake = text.trim() === '' ? null : jsonMistake(text)
  // What is hidden is kept nowhere once a run has succeeded: the placeholder must not be sent for it.
  const hidden = mistake === null && like && text.trim() !== '' ? stillHidden(JSON.parse(text), like) : []
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
          description={t(like?.input_cut ? 'start.cut' : 'start.hint')}
          placeholder={'{ "order": "ord-1" }'}
          classNames={{ input: styles.code }}
          data-autofocus
          autosize
          minRows={6}
          maxRows={18}
          spellCheck={false}
          value={text}
          error={
            (mistake && t(`notJson.${mistake.at}`, mistake)) ||
            (hidden.length > 0 &&
              t('start.hidden', {
                count: hidden.length,
                places: hidden.join(t('listComma', { ns: 'common' })),
              }))
          }
          onChange={({ currentTarget }) => setText(currentTarget.value)}
        />
        {start.error && <ErrorPanel error={start.error} />}
        <div className={styles.formEnd}>
          <Button onClick={onClose}>{t('cancel', { ns: 'common' })}</Button>
          <Button
            type="submit"
            variant="filled"
            disabled={mistake !== null || hidden.length > 0}
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

/** Pointers of what is hidden in the input of a run and stands in another one as it did there. */
function stillHidden(value: unknown, { input, input_redacted }: NonNullable<RunDialogProps['like']>): string[] {
  const at = (data: unknown, pointer: string) =>
    pointer
      .split('/')
      .slice(1)
      .map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'))
      .reduce<unknown>((inside, key) => (inside as Record<string, unknown> | null | undefined)?.[key], data)
  return input_redacted.filter(
    (pointer) => at(value, pointer) !== undefined && at(value, pointer) === at(input, pointer),
  )
}
