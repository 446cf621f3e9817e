/** The large chart by time with what is linked to it: bars of a bucket, heat map of the series in focus, table. */
import { Menu } from '@mantine/core'
import { useMemo, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { Reading } from '~/api/useApi'
import { bucketAt, bucketStart } from '~/charts/frame'
import { HeatLegend } from '~/charts/HeatChart'
import { faded } from '~/charts/paint'
import type { Picture } from '~/charts/TimeChart'
import { useFormat } from '~/format/useFormat'
import { CompletenessPill, summed } from '~/parts/Completeness'
import { Panel } from '~/parts/Panel'
import { DataSince } from '~/time/DataSince'
import { useRange } from '~/time/useRange'
import { Files, ViewChoice, Ways } from './ChartHead'
import { DimensionBars } from './DimensionBars'
import styles from './explore.module.css'
import { narrowed } from './filters'
import { HeatPanel } from './HeatPanel'
import { useHeat } from './heatReading'
import { Choices } from './Menus'
import { NothingFound } from './NothingFound'
import { useWords } from './names'
import { usePhone } from './phone'
import { LargeHeat, OverTimeChart } from './QuestionChart'
import { keepsSketch, type Question } from './question'
import { SeriesTable } from './SeriesTable'
import { useSaving } from './saving'
import type { ExploreSearch } from './search'
import { firstOf } from './series'
import { csvOverTime, summaryOf } from './summary'
import {
  type ChartData,
  useAlertMarks,
  useAsked,
  useLimits,
  useMarks,
  useOverTime,
  useTimeModel,
  useTotals,
} from './useChart'
import { useChange } from './useExplore'

interface MainChartProps {
  question: Question
  search: ExploreSearch
  step: number
  modules: readonly string[]
}

/** Key of the series that band and heat map show: the chosen one, else the one alone, else the greatest that is in trouble. */
function focusOf(search: ExploreSearch, data: ChartData | null, exceeded: readonly string[]): string | null {
  if (!data || search.focus === 'none') return null
  if (search.focus !== undefined && data.lines.some(({ key }) => key === search.focus)) return search.focus
  return exceeded[0] ?? data.order[0] ?? null
}

/** The question itself, else that of the first field with percentiles, so that there is a distribution to see. */
function withSketch(question: Question): Question | null {
  if (keepsSketch(question.field)) return question
  const field = question.subject.fields.find(keepsSketch)
  return field ? { ...question, field, aggregate: 'avg' } : null
}

export function MainChart({ question, search, step, modules }: MainChartProps) {
  const { t } = useTranslation('explore')
  const { t: common } = useTranslation()
  const words = useWords()
  const phone = usePhone()
  const { set, filter } = useChange()
  const { from, to } = useRange()
  const over = useOverTime(question, step)
  const totals = useTotals(question, question.split)
  const { question: shown, answer } = useAsked(question, question.split, over.data)
  const limits = useLimits(shown)
  const alerts = useAlertMarks(shown)
  const [pinned, setPinned] = useState<number | null>(null)
  const noValue = common('noValue')

  // The focus follows from the lines, which do not depend on it: they are made without a band first.
  const plain = useTimeModel(shown, answer, { modules, limits, alerts, focus: null })
  const rows = useMemo(() => {
    if (!plain || !answer) return []
    const options = { columns: shown.split, field: shown.field.name, limits, noValue }
    const byKey = new Map(
      summaryOf(plain.lines, totals.data?.rows ?? [], answer.completeness, options).map((row) => [row.key, row]),
    )
    return plain.order.flatMap((key) => byKey.get(key) ?? [])
  }, [plain, answer, totals.data, shown, limits, noValue])
  const exceeded = rows.filter((row) => row.exceeded).map(({ key }) => key)
  const focus = focusOf(search, plain, exceeded)
  const data = useTimeModel(shown, answer, {
    modules,
    limits,
    alerts,
    focus: keepsSketch(shown.field) ? focus : null,
  })
  const line = data?.lines.find(({ key }) => key === focus) ?? null
  const heat = useHeat(question, step, null, limits)

  const picture = useRef<Picture | null>(null)
  const { saveCsv, savePng } = useSaving(question, picture)
  const names = useMemo(() => rows.map(({ name }) => name), [rows])
  const mark = useMarks(names, shown.split, modules)
  const calls = totals.data ? totals.data.rows.reduce((sum, row) => sum + row.records, 0) : null
  const measuredHeat = useMemo(() => withSketch(question), [question])
  const isHeat = question.view === 'heat'
  const reading: Reading<unknown> = isHeat ? heat.reading : over
  const height = phone ? 260 : 312
  const pinnedAt = data && pinned !== null && pinned >= from && pinned < to ? bucketAt(data.frame, pinned) : null

  return (
    <>
      <Panel
        reading={reading}
        title={phone ? undefined : isHeat ? t('heatTitle', { field: question.field.name }) : words.titleBy(shown)}
        note={
          <Notes
            question={question}
            data={data}
            focus={focus}
            answer={answer}
            mark={mark}
            isHeat={isHeat}
            most={heat.model?.most ?? 0}
          />
        }
        actions={
          <div className={styles.actions}>
            <ViewChoice question={question} set={set} />
            <Ways question={question} calls={calls} />
            <Files csv={() => data && saveCsv(csvOverTime(data.frame, data.lines, t('bucket')))} png={savePng} />
          </div>
        }
        isEmpty={() => answer !== undefined && answer.rows.length === 0}
        empty={<NothingFound question={question} />}
      >
        {() =>
          isHeat
            ? heat.model && (
                <LargeHeat
                  question={question}
                  model={heat.model}
                  height={height}
                  picture={picture}
                  onPick={setPinned}
                />
              )
            : data && (
                <OverTimeChart question={shown} data={data} height={height} picture={picture} onPick={setPinned} />
              )
        }
      </Panel>
      {data && data.lines.length > 0 && (
        <>
          <div className={styles.linked} data-alone={measuredHeat === null}>
            <div>
              <DimensionBars
                question={question}
                search={search}
                frame={data.frame}
                index={pinnedAt ?? data.latest}
                limits={limits}
              />
              {pinnedAt !== null && <Pinned at={bucketStart(data.frame, pinnedAt)} onDrop={() => setPinned(null)} />}
            </div>
            {measuredHeat && (
              <HeatPanel
                question={measuredHeat}
                step={step}
                line={line}
                limits={measuredHeat === question ? limits : []}
                onPick={setPinned}
              />
            )}
          </div>
          <SeriesTable
            question={shown}
            rows={rows}
            limits={limits}
            mark={mark}
            focus={focus}
            onFocus={(key) => set({ focus: key === search.focus ? undefined : key })}
            onFilter={(chosen) => shown.split.length > 0 && filter((before) => narrowed(before, chosen))}
            phone={phone}
          />
        </>
      )}
    </>
  )
}

function Pinned({ at, onDrop }: { at: number; onDrop: () => void }) {
  const { t } = useTranslation('explore')
  const format = useFormat()
  return (
    <p className={styles.barFoot} role="status">
      {t('pinned', { time: format.seconds(at) })}
      <button type="button" onClick={onDrop}>
        {t('unpin')}
      </button>
    </p>
  )
}

interface NotesProps {
  question: Question
  data: ChartData | null
  focus: string | null
  answer: Parameters<typeof useTimeModel>[1]
  mark: (name: string) => { color: string }
  isHeat: boolean
  most: number
}

/** Completeness, the band's series, and what the answer leaves out. */
function Notes({ question, data, focus, answer, mark, isHeat, most }: NotesProps) {
  const { t } = useTranslation('explore')
  const format = useFormat()
  const { set } = useChange()
  const band = data?.model.band ?? null
  const name = data?.lines.find(({ key }) => key === focus)?.name
  const scan = answer?.scan
  const choices = [
    ...(data?.order ?? []).flatMap((key) => {
      const found = data?.lines.find((line) => line.key === key)
      return found ? [{ value: key, name: found.name || t('everything') }] : []
    }),
    { value: 'none', name: t('noBand') },
  ]
  return (
    <span className={styles.actions}>
      {isHeat && <HeatLegend most={most} />}
      <DataSince first={answer ? firstOf(answer.rows) : null} />
      <CompletenessPill completeness={summed(answer?.completeness ?? [])} />
      {!isHeat && question.view === 'line' && keepsSketch(question.field) && data && data.lines.length > 0 && (
        <Menu>
          <Menu.Target>
            <button
              type="button"
              className={styles.legendNote}
              aria-label={`${t('bandOf')}: ${band ? t('band', { name: name || t('everything') }) : t('noBand')}`}
            >
              <span
                className={styles.bandSwatch}
                style={{ background: band ? faded(mark(name ?? '').color, 0.25) : undefined }}
                aria-hidden
              />
              {band ? t('band', { name: name || t('everything') }) : t('noBand')}
            </button>
          </Menu.Target>
          <Menu.Dropdown className={styles.menu}>
            <Menu.Label>{t('bandOf')}</Menu.Label>
            <Choices choices={choices} value={focus ?? 'none'} onChoose={(key) => set({ focus: key })} />
          </Menu.Dropdown>
        </Menu>
      )}
      {answer?.truncated && <span className={styles.near}>{t('truncated')}</span>}
      {scan && !scan.complete && (
        <span className={styles.near}>{t('scanned', { amount: format.count(scan.records) })}</span>
      )}
    </span>
  )
}
