/**
 * Tries a run again, by a person's choice: from the start, from the failed step or from any other, with the same input
 * or an edited one, on the same version or the newest. Before it is done, it shows which steps run again, which keep
 * their result, and what could happen twice.
 */
import { Button, Checkbox, Modal, SegmentedControl, Select, Textarea } from '@mantine/core'
import { IconAlertTriangle } from '@tabler/icons-react'
import { type FormEvent, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useMay } from '~/access/session'
import type { RetryPreview, Run, RunDetail, Step } from '~/api/runs'
import { useApi } from '~/api/useApi'
import { useFormat } from '~/format/useFormat'
import { useTold } from '~/i18n/told'
import { ErrorPanel } from '~/parts/Messages'
import { Panel } from '~/parts/Panel'
import { FiringLink } from './FiringLink'
import { jsonMistake } from './jsonMistake'
import { shortJob } from './names'
import styles from './runs.module.css'
import { useRunActions } from './useRunActions'

export interface RetryChoice {
  /** `start`, `failed`, or the pointer of a step. */
  from: string
  version: 'same' | 'newest'
  /** Opens with the input to be edited. */
  edit?: boolean
}

interface RetryDialogProps {
  run: RunDetail
  steps: readonly Step[]
  first: RetryChoice
  onClose: () => void
}

export function RetryDialog({ run, steps, first, onClose }: RetryDialogProps) {
  const may = useMay()
  const { t } = useTranslation(['runs', 'common'])
  const [wanted, setWanted] = useState(first.from)
  const [version, setVersion] = useState(first.version)
  const [edited, setEdited] = useState(first.edit ?? false)
  const [input, setInput] = useState(() => JSON.stringify(run.input ?? null, null, 2))
  // What was made of another input does not stand, so the server begins at the start whatever is asked.
  const from = edited ? 'start' : wanted
  const { retry } = useRunActions()
  const mistake = edited ? jsonMistake(input) : null
  const send = (event: FormEvent) => {
    event.preventDefault()
    const body = { job_id: run.job_id, from, version, ...(edited ? { input: JSON.parse(input) as unknown } : {}) }
    retry.mutate(body, { onSuccess: onClose })
  }
  return (
    <Modal
      opened
      size={560}
      title={t('retry.title', { job: shortJob(run.job_id) })}
      closeButtonProps={{ 'aria-label': t('close', { ns: 'common' }) }}
      onClose={onClose}
    >
      <form className={styles.form} onSubmit={send}>
        <Select
          label={t('retry.from')}
          allowDeselect={false}
          value={from}
          disabled={edited}
          description={edited ? t('retry.editedFromStart') : undefined}
          data={startingPoints(run, steps, t('retry.start'), (step) =>
            step ? t('retry.failed', { step }) : t('retry.stopped'),
          )}
          onChange={(value) => setWanted(value ?? 'start')}
        />
        <SegmentedControl
          aria-label={t('retry.version')}
          size="xs"
          value={version}
          data={[
            { value: 'same', label: t('retry.same', { version: run.version || run.revision }) },
            { value: 'newest', label: t('retry.newest') },
          ]}
          onChange={(value) => setVersion(value as 'same' | 'newest')}
        />
        <Checkbox
          size="xs"
          label={t('retry.edit')}
          description={
            run.input_cut ? t('retry.inputCut') : run.input_redacted.length > 0 ? t('retry.inputHidden') : undefined
          }
          disabled={run.input_cut}
          checked={edited}
          onChange={({ currentTarget }) => setEdited(currentTarget.checked)}
        />
        {edited && (
          <Textarea
            aria-label={t('retry.input')}
            classNames={{ input: styles.code }}
            autosize
            minRows={4}
            maxRows={14}
            spellCheck={false}
            value={input}
            error={mistake && t(`notJson.${mistake.at}`, mistake)}
            onChange={({ currentTarget }) => setInput(currentTarget.value)}
          />
        )}
        <Preview job={run.job_id} from={from} version={version} />
        {retry.error && <ErrorPanel error={retry.error} />}
        <div className={styles.formEnd}>
          <Button onClick={onClose}>{t('cancel', { ns: 'common' })}</Button>
          <Button
            type="submit"
            variant="filled"
            disabled={mistake !== null}
            loading={retry.isPending}
            {...may('operator')}
          >
            {t('retry.do')}
          </Button>
        </div>
      </form>
    </Modal>
  )
}

/** Whether there is something behind a failure to go on from: a step, or, when its time was over, whatever had ended by then. */
export const canGoOn = ({ fault, step }: Run) => Boolean(fault && (step || fault.pointer === '/'))

/** From where one may go on: the start, the failed step, and each step that was reached, once. */
export function startingPoints(
  run: RunDetail,
  steps: readonly Step[],
  start: string,
  failed: (step: string | undefined) => string,
): { value: string; label: string }[] {
  const points = new Map<string, string>([['start', start]])
  if (canGoOn(run)) points.set('failed', failed(run.step?.name))
  for (const { pointer, name, status } of steps) {
    if (status !== 'unreached' && pointer !== '' && !points.has(pointer)) points.set(pointer, name)
  }
  return [...points].map(([value, label]) => ({ value, label }))
}

function Preview({ job, from, version }: { job: string; from: string; version: 'same' | 'newest' }) {
  const { t } = useTranslation('runs')
  const reading = useApi('/api/v1/runs/{job_id}/retry', {
    path: { job_id: job },
    query: { from, version },
    still: true,
  })
  return (
    <div className={styles.preview}>
      <Panel reading={reading} title={t('retry.preview')}>
        {(preview) => <PreviewList preview={preview} />}
      </Panel>
    </div>
  )
}

/** Steps of a loop that fare alike, as one with their number. */
export function gathered(steps: RetryPreview['steps']): { step: RetryPreview['steps'][number]; times: number }[] {
  const found = new Map<string, { step: RetryPreview['steps'][number]; times: number }>()
  for (const step of steps) {
    const key = `${step.pointer} ${step.again} ${step.doubtful}`
    const known = found.get(key)
    if (known) known.times += 1
    else found.set(key, { step, times: 1 })
  }
  return [...found.values()]
}

function PreviewList({ preview }: { preview: RetryPreview }) {
  const { t } = useTranslation('runs')
  const told = useTold()
  const format = useFormat()
  return (
    <>
      {preview.firing.length > 0 && (
        <p className={styles.warning}>
          <IconAlertTriangle size={14} aria-hidden />
          <span>
            {t('retry.firing')} <FiringLink alerts={preview.firing} />
          </span>
        </p>
      )}
      {preview.warnings.map((warning) => (
        <p key={warning.message} className={styles.warning}>
          <IconAlertTriangle size={14} aria-hidden />
          {told.notice(warning)}
        </p>
      ))}
      <ol className={styles.steps}>
        {gathered(preview.steps).map(({ step: { pointer, name, again, doubtful, effect }, times }) => (
          <li key={`${pointer} ${again} ${doubtful}`} data-again={again}>
            <span className="cut">
              {name} {times > 1 && <span className="secondary">× {format.count(times)}</span>}
            </span>
            <span className="secondary">
              {again ? t('retry.again') : t('retry.kept')}
              {again && effect === 'unsafe' && ` · ${t('retry.unsafe')}`}
              {doubtful && ` · ${t('retry.doubtful')}`}
            </span>
          </li>
        ))}
      </ol>
    </>
  )
}
