/**
 * The question as a sentence of menus: "Show average of elapsed_ms by time, 1 min, split by target module, in modules where
 * …". Its order of words is the language's. A further chart has the short sentence: monitor and filters are those of all.
 */
import { Menu } from '@mantine/core'
import { Fragment, type ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { useFormat } from '~/format/useFormat'
import { useClock } from '~/time/clock'
import { stepFor } from '~/time/range'
import { useRange } from '~/time/useRange'
import styles from './explore.module.css'
import { FilterWords } from './FilterWords'
import { type Choice, Choices, ColumnChoices, WordMenu } from './Menus'
import { useWords, type Words } from './names'
import {
  type Aggregate,
  aggregates,
  aggregatesOf,
  anyDimensions,
  keepsSketch,
  type Monitor,
  type Question,
} from './question'
import type { ChartSearch, ExploreSearch } from './search'
import { useChange } from './useExplore'

interface SentenceProps {
  question: Question
  search: ExploreSearch
  monitors: readonly Monitor[]
}

export function Sentence({ question, search, monitors }: SentenceProps) {
  const { t } = useTranslation('explore')
  const { set } = useChange()
  return (
    <Worded
      text={t('sentence')}
      words={{
        ...chartWords(question, search.step, set),
        monitor: <MonitorWord question={question} monitors={monitors} />,
        filters: <FilterWords question={question} line={search.q} />,
      }}
    />
  )
}

/** Of a further chart. */
export function ShortSentence({ question, onChange }: { question: Question; onChange: (part: ChartSearch) => void }) {
  const { t } = useTranslation('explore')
  return <Worded text={t('sentenceShort')} words={chartWords(question, undefined, onChange)} />
}

type SetChart = (part: Partial<ChartSearch & { step: number | undefined }>) => void

const chartWords = (question: Question, step: number | undefined, set: SetChart) => ({
  aggregate: <AggregateWord question={question} set={set} />,
  field: <FieldWord question={question} set={set} />,
  x: <AxisWord question={question} step={step} set={set} />,
  split: <SplitWord question={question} set={set} />,
})

/** A text with `{name}` where a menu stands. */
function Worded({ text, words }: { text: string; words: Record<string, ReactNode> }) {
  const parts = text.split(/\{(\w+)\}/)
  return (
    <div className={styles.sentence}>
      {parts.map((part, at) =>
        at % 2 === 1 ? (
          // biome-ignore lint/suspicious/noArrayIndexKey: the parts of a sentence stand where they stand
          <Fragment key={at}>{words[part]}</Fragment>
        ) : part.trim() ? (
          // biome-ignore lint/suspicious/noArrayIndexKey: the parts of a sentence stand where they stand
          <span key={at} className={styles.small}>
            {part.trim()}
          </span>
        ) : null,
      )}
    </div>
  )
}

interface WordProps {
  question: Question
  set: SetChart
}

function AggregateWord({ question, set }: WordProps) {
  const { t } = useTranslation('explore')
  const words = useWords()
  const { field, aggregate } = question
  const possible = aggregatesOf(field)
  const missing = field.flag || possible.length <= 2 ? [] : aggregates.filter((each) => !possible.includes(each))
  const why = t('noSketch', { field: words.field(field.name) })
  const choices: Choice<Aggregate>[] = [
    ...possible.map((value) => ({ value, name: words.aggregate(value, field) })),
    ...missing.map((value) => ({ value, name: words.aggregate(value, field), why })),
  ]
  return (
    <WordMenu label={t('aggregate')} shown={words.aggregate(aggregate, field)}>
      <Choices choices={choices} value={aggregate} onChoose={(value) => set({ aggregate: value })} />
    </WordMenu>
  )
}

function FieldWord({ question, set }: WordProps) {
  const { t } = useTranslation('explore')
  const words = useWords()
  const { field, aggregate, subject } = question
  const choose = (name: string) => {
    const next = subject.fields.find((each) => each.name === name)
    const keeps =
      next !== undefined && (aggregatesOf(next) as string[]).includes(aggregate) && !next.flag && !field.flag
    set({
      field: name,
      aggregate: keeps ? aggregate : undefined,
      view: next && !keepsSketch(next) && question.view === 'heat' ? undefined : question.view,
    })
  }
  const choices = subject.fields.map(({ name, unit }) => ({
    value: name,
    name: words.field(name),
    hint: unit ?? undefined,
  }))
  return (
    <WordMenu label={t('field')} shown={words.field(field.name)}>
      <Choices choices={choices} value={field.name} onChoose={choose} />
    </WordMenu>
  )
}

/** Multiples of the bucket that charts of a range may have. */
const lengths = [1, 5, 10, 30, 60, 300, 900, 1800, 3600, 21_600, 86_400]
const mostBuckets = 1500

function AxisWord({ question, step, set }: WordProps & { step: number | undefined }) {
  const { t } = useTranslation('explore')
  const words = useWords()
  const format = useFormat()
  const range = useRange()
  const { bucketSeconds } = useClock()
  const { x, subject } = question
  const length = (seconds: number) => format.duration(seconds * 1000, { trim: true })
  const automatic = stepFor(range, bucketSeconds)
  const possible = lengths.filter(
    (each) =>
      each % bucketSeconds === 0 &&
      (range.to - range.from) / 1000 / each <= mostBuckets &&
      each * 1000 < range.to - range.from,
  )
  const choices = [
    { value: 'auto', name: t('auto', { step: length(automatic) }) },
    ...possible.map((seconds) => ({ value: String(seconds), name: length(seconds) })),
  ]
  const present = x ? '' : step && possible.includes(step) ? String(step) : 'auto'
  const shown = x
    ? words.columns(x)
    : t('timeStep', { step: length(step && possible.includes(step) ? step : automatic) })
  const goBy = (columns: string[]) =>
    set({ x: columns.length > 0 ? columns.join(',') : undefined, split: undefined, view: undefined })
  return (
    <WordMenu label={t('x')} shown={shown}>
      <Menu.Label>{t('time')}</Menu.Label>
      <Choices
        choices={choices}
        value={present}
        onChoose={(value) =>
          set({
            step: value === 'auto' ? undefined : Number(value),
            ...(x ? { x: undefined, split: undefined, view: undefined } : {}),
          })
        }
      />
      <Menu.Label>{t('dimensions')}</Menu.Label>
      <ColumnChoices columns={subject.columns} chosen={x ?? []} name={words.column} onChange={goBy} />
    </WordMenu>
  )
}

function SplitWord({ question, set }: WordProps) {
  const { t } = useTranslation('explore')
  const words = useWords()
  const { split, x, subject } = question
  const choose = (columns: string[]) => set({ split: columns.length > 0 ? columns.join(',') : 'none' })
  return (
    <WordMenu label={t('split')} shown={split.length > 0 ? words.columns(split) : t('nothing')}>
      <Choices
        choices={[{ value: 'none', name: t('nothing') }]}
        value={split.length > 0 ? '' : 'none'}
        onChoose={() => choose([])}
      />
      <ColumnChoices
        columns={subject.columns.filter((column) => !x?.includes(column))}
        chosen={split}
        name={words.column}
        onChange={choose}
      />
    </WordMenu>
  )
}

function MonitorWord({ question, monitors }: { question: Question; monitors: readonly Monitor[] }) {
  const { t } = useTranslation('explore')
  const words: Words = useWords()
  const { set } = useChange()
  const choose = (name: string) => {
    // Columns and field stay where the other monitor has them; the question puts the rest right.
    set({ monitor: name, focus: undefined })
  }
  const choices = [
    ...monitors.map(({ name, by }) => ({ value: name, name, hint: words.columns(by) })),
    { value: anyDimensions, name: t('any'), hint: t('anyHint') },
  ]
  return (
    <WordMenu label={t('monitor')} shown={words.monitor(question.subject.name)} width={280}>
      <Choices choices={choices} value={question.subject.name} onChoose={choose} />
    </WordMenu>
  )
}
