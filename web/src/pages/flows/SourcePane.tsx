/** A source in its editor, checked while it is typed: its mistakes below, each with its line, its diagram beside it. */
import { IconAlertTriangle, IconCircleCheck, IconCircleX } from '@tabler/icons-react'
import { lazy, Suspense, useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { Diagram, FlowProblem, Validation } from '~/api/runs'
import { useApi } from '~/api/useApi'
import { useFormat } from '~/format/useFormat'
import { useTold } from '~/i18n/told'
import { Skeleton } from '~/parts/Panel'
import { offsetText } from '~/runs/names'
import { useClock } from '~/time/clock'
import type { Schema } from './completion'
import { FlowDiagram } from './FlowDiagram'
import styles from './flows.module.css'
import { lineOfPointer } from './places'

const Editor = lazy(() => import('./Editor').then(({ Editor }) => ({ default: Editor })))

interface SourcePaneProps {
  source: string
  /** Absent where it is only read. */
  onChange?: (source: string) => void
  validation: Validation | undefined
  /** What the server has drawn, while nothing newer is known. */
  diagram?: Diagram
}

export function SourcePane({ source, onChange, validation, diagram }: SourcePaneProps) {
  const { t } = useTranslation('flows')
  const schema = useApi('/api/v1/flows/schema', { still: true, enabled: onChange !== undefined }).data as
    | Schema
    | undefined
  const [reveal, setReveal] = useState<{ line: number } | null>(null)
  const told = useTold()
  const problems = validation?.problems.map((problem) => ({ ...problem, message: told.mistake(problem) }))
  const drawn = validation?.diagram ?? diagram
  const show = (line: number | null) => line !== null && setReveal({ line })
  return (
    <div className={styles.panes}>
      <div className={styles.picture}>
        {drawn ? (
          <FlowDiagram diagram={drawn} onTask={(pointer) => show(lineOfPointer(source, pointer))} />
        ) : (
          <p className={styles.note}>{t('noDiagram')}</p>
        )}
      </div>
      <div className={styles.sourcePane}>
        <Suspense fallback={<Skeleton />}>
          <Editor
            label={t('source')}
            value={source}
            onChange={onChange}
            problems={problems}
            schema={schema}
            reveal={reveal}
          />
        </Suspense>
        {validation && problems && <Findings validation={{ ...validation, problems }} onLine={show} />}
      </div>
    </div>
  )
}

/** What a change of the clock does to a due time. */
const shifts = { 'dst forward': 'shiftForward', 'dst back': 'shiftBack' } as const

function Findings({ validation, onLine }: { validation: Validation; onLine: (line: number) => void }) {
  const { t } = useTranslation('flows')
  const format = useFormat()
  const { now } = useClock()
  const { valid, problems, due, transitions } = validation
  const dues = due?.map((each) => each.due)
  return (
    <div className={styles.findings} role="status">
      <p className={styles.verdict} data-valid={valid}>
        {valid ? <IconCircleCheck size={14} aria-hidden /> : <IconCircleX size={14} aria-hidden />}
        {valid ? t('valid') : t('mistakes', { count: problems.length, n: format.count(problems.length) })}
      </p>
      {problems.length > 0 && (
        <ul>
          {problems.map((problem) => (
            <Finding key={`${problem.line} ${problem.message}`} problem={problem} onLine={onLine} />
          ))}
        </ul>
      )}
      {valid && due && due.length > 0 && (
        <p className="secondary">
          {t('nextTimes')}{' '}
          {due
            .map(({ due: at, shift }) => `${format.near(at, now, dues)}${shift ? ` (${t(shifts[shift])})` : ''}`)
            .join(t('listComma', { ns: 'common' }))}
        </p>
      )}
      {transitions?.map(({ at, before, after }) => (
        <p key={at} className="secondary">
          {t('transition', { time: format.dateMinutes(at), before: offsetText(before), after: offsetText(after) })}
        </p>
      ))}
    </div>
  )
}

function Finding({ problem, onLine }: { problem: FlowProblem; onLine: (line: number) => void }) {
  const { t } = useTranslation('flows')
  return (
    <li data-severity={problem.severity}>
      <button type="button" onClick={() => onLine(problem.line)}>
        <IconAlertTriangle size={14} aria-hidden />
        <span className="raw">{problem.line > 0 ? t('line', { line: problem.line }) : t('wholeDocument')}</span>{' '}
        {problem.message}
      </button>
    </li>
  )
}
