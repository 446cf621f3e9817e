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

type LineOfRun = { step?: string; attempt?: number; time: string }

/** The step that a line of the log belongs to: by its pointer or name, in the line's attempt, running at its time. */
export const stepOf = (steps: readonly Step[], line: LineOfRun): Step | undefined => stepFinder(steps)(line)

/** The same of many lines: a loop has many steps of one name, and so has each of their lines. */
export function stepFinder(steps: readonly Step[]): (line: LineOfRun) => Step | undefined {
  const named = new Map<string, { step: Step; from: number; to: number }[]>()
  for (const step of steps) {
    const from = step.started === null ? Number.POSITIVE_INFINITY : Date.parse(step.started)
    const to = step.ended === null ? Number.POSITIVE_INFINITY : Date.parse(step.ended)
    for (const name of new Set([step.pointer, step.name])) {
      const others = named.get(name)
      if (others) others.push({ step, from, to })
      else named.set(name, [{ step, from, to }])
    }
  }
  return (line) => {
    const at = Date.parse(line.time)
    const all = (line.step !== undefined && named.get(line.step)) || []
    const within = all.filter(({ from, to }) => from <= at && at <= to)
    const candidates = within.length > 0 ? within : all
    return (candidates.find(({ step }) => step.attempt === line.attempt) ?? candidates.at(-1))?.step
  }
}
