/** What went into a step and what came out, of one attempt, as the server keeps it for showing: redacted, maybe cut. */
import { CopyButton } from '@mantine/core'
import { IconCheck, IconCopy } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'
import type { Step, StepData } from '~/api/runs'
import { useApi } from '~/api/useApi'
import { useFormat } from '~/format/useFormat'
import { Panel } from '~/parts/Panel'
import styles from './message.module.css'

interface StepMessageProps {
  job: string
  step: Pick<Step, 'pointer' | 'iteration' | 'attempt' | 'status'>
  /** One beside the other, where there is room; else one under the other. */
  wide?: boolean
}

export function StepMessage({ job, step, wide = false }: StepMessageProps) {
  const { pointer, iteration, attempt, status } = step
  const reading = useApi('/api/v1/runs/{job_id}/steps/data', {
    path: { job_id: job },
    query: { pointer, iteration: iteration || undefined, attempt },
    still: status === 'succeeded' || status === 'failed',
  })
  return (
    <Panel reading={reading}>
      {(data) => (
        <div className={styles.message} data-wide={wide || undefined}>
          <Part name="input" value={data.input} data={data} cut={data.input_cut} />
          {data.error === null ? (
            <Part name="output" value={data.output} data={data} cut={data.output_cut} />
          ) : (
            <Part name="error" value={data.error} data={data} />
          )}
        </div>
      )}
    </Panel>
  )
}

interface PartProps {
  name: 'input' | 'output' | 'error'
  value: unknown
  data: StepData
  cut?: boolean
}

function Part({ name, value, data, cut = false }: PartProps) {
  const { t } = useTranslation(['runs', 'common'])
  const format = useFormat()
  const text = value === undefined || value === null ? '' : JSON.stringify(value, null, 2)
  const hidden = data.redacted.filter((pointer) => pointer.startsWith(`/${name}`)).length
  const notes = [
    text && format.bytes(new Blob([text]).size),
    hidden > 0 && t('data.redacted', { count: hidden, n: format.count(hidden) }),
    cut && t('data.cut'),
  ].filter(Boolean)
  return (
    <section className={styles.part} data-part={name} aria-label={t(`data.${name}`)}>
      <h3>
        {t(`data.${name}`)} <span className="secondary">{notes.join(t('listComma', { ns: 'common' }))}</span>
        {text && (
          <CopyButton value={text}>
            {({ copied, copy }) => (
              <button
                type="button"
                className={styles.copy}
                aria-label={`${copied ? t('copied', { ns: 'common' }) : t('copy', { ns: 'common' })}: ${t(`data.${name}`)}`}
                onClick={copy}
              >
                {copied ? <IconCheck size={14} aria-hidden /> : <IconCopy size={14} aria-hidden />}
              </button>
            )}
          </CopyButton>
        )}
      </h3>
      {text ? <Json text={text} /> : <p className="secondary">{t('data.none')}</p>}
    </section>
  )
}

/** JSON with its keys marked, as the only thing that colour helps to find. */
export function Json({ text }: { text: string }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard
    <pre className={styles.json} tabIndex={0}>
      {text.split(/("(?:\\.|[^"\\])*"(?=\s*:))/).map((piece, at) => {
        const key = `${at} ${piece}`
        return at % 2 === 1 ? <b key={key}>{piece}</b> : piece
      })}
    </pre>
  )
}

/** The step that a line of the log belongs to: by its pointer or name, in the line's attempt, running at its time. */
export function stepOf(
  steps: readonly Step[],
  line: { step?: string; attempt?: number; time: string },
): Step | undefined {
  const at = Date.parse(line.time)
  const named = steps.filter(
    ({ pointer, name }) => line.step !== undefined && (pointer === line.step || name === line.step),
  )
  const within = named.filter(
    ({ started, ended }) =>
      started !== null && Date.parse(started) <= at && (ended === null || at <= Date.parse(ended)),
  )
  const candidates = within.length > 0 ? within : named
  return candidates.find(({ attempt }) => attempt === line.attempt) ?? candidates.at(-1)
}
