/** The chart of one question, by time, by dimensions or as a heat map; with its legend where names do not stand beside it. */
import { useNavigate } from '@tanstack/react-router'
import { type RefObject, useMemo, useRef } from 'react'
import { useTranslation } from 'react-i18next'
import type { Schemas } from '~/api/client'
import type { CanvasHandle } from '~/charts/Canvas'
import { bucketStart, wideMargins } from '~/charts/frame'
import { GroupChart } from '~/charts/GroupChart'
import { HeatChart } from '~/charts/HeatChart'
import type { HeatModel } from '~/charts/heat'
import { Mark } from '~/charts/Mark'
import type { Limit, Series } from '~/charts/model'
import { type Picture, TimeChart } from '~/charts/TimeChart'
import { useRange } from '~/time/useRange'
import styles from './explore.module.css'
import { narrowed } from './filters'
import { useWords } from './names'
import { usePhone } from './phone'
import type { Question } from './question'
import { type Groups, groupsOf } from './series'
import { type ChartData, mostSeries, useMarks, useValueFormat } from './useChart'
import { useChange } from './useExplore'

interface QuestionChartProps {
  question: Question
  height: number
  picture: RefObject<Picture | null>
  /** A click on a bucket. */
  onPick?: (at: number) => void
}

interface OverTimeProps extends QuestionChartProps {
  data: ChartData
}

export function OverTimeChart({ question, data, height, picture, onPick }: OverTimeProps) {
  const { t } = useTranslation('explore')
  const words = useWords()
  const { value, short, clock } = useValueFormat(question)
  const { zoomTo } = useRange()
  const { filter } = useChange()
  const navigate = useNavigate()
  const phone = usePhone()
  const canvas = useRef<CanvasHandle | null>(null)
  const { model, lines, frame, hidden } = data
  const pick = (key: string) => {
    const line = lines.find((each) => each.key === key)
    if (line && question.split.length > 0) filter((before) => narrowed(before, line.words))
  }
  return (
    <div className={styles.chartArea}>
      {(phone || hidden > 0) && (
        <Legend series={phone ? model.series : []} onSeries={pick}>
          {hidden > 0 && <span className="secondary">{t('hiddenSeries', { count: hidden, n: hidden })}</span>}
        </Legend>
      )}
      <TimeChart
        model={model}
        label={words.titleBy(question)}
        value={value}
        axisValue={clock ? short : value}
        height={height}
        ends={!phone}
        share={data.share}
        onRange={zoomTo}
        onPick={(index, series) => (series ? pick(series) : onPick?.(bucketStart(frame, index)))}
        onSeries={question.split.length > 0 ? pick : undefined}
        onAlert={(id) => void navigate({ to: '/alerts', search: { alert: id, show: 'all' } as never })}
        picture={picture}
        canvas={canvas}
      />
    </div>
  )
}

interface LegendProps {
  series: readonly Pick<Series, 'key' | 'name' | 'color' | 'dash'>[]
  onSeries?: (key: string) => void
  children?: React.ReactNode
}

export function Legend({ series, onSeries, children }: LegendProps) {
  const { t } = useTranslation('charts')
  return (
    <div className={styles.legend}>
      {series.map(({ key, name, color, dash }) => (
        <button
          key={key}
          type="button"
          className={styles.legendItem}
          aria-label={t('filterBy', { name })}
          onClick={() => onSeries?.(key)}
        >
          <Mark color={color} dash={dash} form="square" />
          <span className="cut">{name}</span>
        </button>
      ))}
      {children}
    </div>
  )
}

interface GroupsProps extends QuestionChartProps {
  groups: Groups
  limits: readonly Limit[]
  modules: readonly string[]
}

export function useGroups(
  question: Question,
  answer: Schemas['Rollups'] | undefined,
  noValue: string,
  most: number,
): Groups | null {
  return useMemo(
    () => (answer && question.x ? groupsOf(answer, question.x, question.split, question, noValue, most) : null),
    [answer, question, noValue, most],
  )
}

export function GroupsChart({ question, groups, limits, modules, height, picture }: GroupsProps) {
  const { t } = useTranslation('explore')
  const words = useWords()
  const { value, short, clock } = useValueFormat(question)
  const { filter } = useChange()
  const canvas = useRef<CanvasHandle | null>(null)
  const names = useMemo(() => groups.series.map(({ name }) => name), [groups])
  const marks = useMarks(names, question.split, modules)
  const x = question.x ?? []
  const shown = groups.series.slice(0, mostSeries)
  const series = shown.map(({ key, name, values }) => ({
    key,
    name: name || words.title(question),
    values,
    ...marks(name),
  }))
  const model = {
    kind: question.view === 'heat' ? ('bar' as const) : question.view,
    stacked: question.layers === 'stacked',
    groups: groups.groups.map(({ key, name, words: of }) => ({
      key,
      name,
      words: x.map((column) => of[column] || '–').toReversed(),
    })),
    series,
    limits,
    clock,
    whole: question.aggregate === 'count',
  }
  const pickSeries = (key: string) => {
    const line = shown.find((each) => each.key === key)
    if (line) filter((before) => narrowed(before, line.words))
  }
  const left = groups.series.length - shown.length
  return (
    <div className={styles.chartArea}>
      {(question.split.length > 0 || groups.hidden > 0) && (
        <Legend series={question.split.length > 0 ? series : []} onSeries={pickSeries}>
          {left > 0 && <span className="secondary">{t('hiddenSeries', { count: left, n: left })}</span>}
          {groups.hidden > 0 && (
            <span className="secondary">{t('hiddenGroups', { count: groups.hidden, n: groups.hidden })}</span>
          )}
        </Legend>
      )}
      <GroupChart
        model={model}
        label={words.titleBy(question)}
        value={value}
        axisValue={clock ? short : value}
        height={height}
        onGroup={(key) => {
          const group = groups.groups.find((each) => each.key === key)
          if (group) filter((before) => narrowed(before, group.words))
        }}
        picture={picture}
        canvas={canvas}
      />
    </div>
  )
}

interface LargeHeatProps extends QuestionChartProps {
  model: HeatModel
}

export function LargeHeat({ question, model, height, picture, onPick }: LargeHeatProps) {
  const { t } = useTranslation('explore')
  const { plain } = useValueFormat(question)
  const { zoomTo } = useRange()
  const canvas = useRef<CanvasHandle | null>(null)
  const margins = useMemo(() => ({ ...wideMargins, right: 16 }), [])
  return (
    <HeatChart
      model={model}
      label={t('heatTitle', { field: question.field.name })}
      value={plain}
      height={height}
      margins={margins}
      onRange={zoomTo}
      onPick={(index) => onPick?.(bucketStart(model.frame, index))}
      picture={picture}
      canvas={canvas}
    />
  )
}
