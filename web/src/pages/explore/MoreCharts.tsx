/** Further charts below the first: each with a question of its own, on the same monitor, filters, range and cursor. */
import { ActionIcon, Button } from '@mantine/core'
import { IconPlus, IconX } from '@tabler/icons-react'
import { useRef } from 'react'
import { useTranslation } from 'react-i18next'
import type { Reading } from '~/api/useApi'
import type { Picture } from '~/charts/TimeChart'
import { Panel } from '~/parts/Panel'
import { Files, ViewChoice } from './ChartHead'
import styles from './explore.module.css'
import { useHeat } from './heatReading'
import { NothingFound } from './NothingFound'
import { useWords } from './names'
import { usePhone } from './phone'
import { GroupsChart, LargeHeat, OverTimeChart, useGroups } from './QuestionChart'
import { type Question, questionOf } from './question'
import { ShortSentence } from './Sentence'
import { useSaving } from './saving'
import type { ChartSearch, ExploreSearch } from './search'
import { csvByGroup, csvOverTime } from './summary'
import { useAlertMarks, useAsked, useLimits, useOverTime, useTimeModel, useTotals } from './useChart'
import { useChange } from './useExplore'

interface MoreChartsProps {
  first: Question
  search: ExploreSearch
  step: number
  modules: readonly string[]
}

export function MoreCharts({ first, search, step, modules }: MoreChartsProps) {
  return (search.more ?? []).map((chart, at) => (
    <OneMore
      // biome-ignore lint/suspicious/noArrayIndexKey: charts have no other name than their place
      key={at}
      at={at}
      question={questionOf(chart, first.subject, search.q)}
      step={step}
      modules={modules}
    />
  ))
}

/** A chart of another field than those shown, else of the calls. */
export function AddChart({ first, search }: { first: Question; search: ExploreSearch }) {
  const { t } = useTranslation('explore')
  const { addChart } = useChange()
  const shown = [first.field.name, ...(search.more ?? []).map(({ field }) => field)]
  const next = first.subject.fields.find(({ name }) => !shown.includes(name)) ?? first.field
  const chart: ChartSearch = { field: next.name, split: first.split.join(',') || 'none' }
  return (
    <Button
      variant="subtle"
      leftSection={<IconPlus size={14} aria-hidden />}
      disabled={(search.more?.length ?? 0) >= 6}
      onClick={() => addChart(chart)}
    >
      {t('addChart')}
    </Button>
  )
}

interface OneMoreProps {
  at: number
  question: Question
  step: number
  modules: readonly string[]
}

function OneMore({ at, question, step, modules }: OneMoreProps) {
  const { t } = useTranslation('explore')
  const { t: common } = useTranslation()
  const words = useWords()
  const phone = usePhone()
  const { setMore } = useChange()
  const byTime = question.x === null
  const isHeat = question.view === 'heat'
  const over = useOverTime(question, step, byTime && !isHeat)
  const by = [...(question.x ?? []), ...question.split]
  const totals = useTotals(question, by, { enabled: !byTime })
  const { question: shown, answer } = useAsked(question, by, byTime ? over.data : totals.data)
  const limits = useLimits(shown)
  const alerts = useAlertMarks(shown)
  const data = useTimeModel(shown, byTime ? answer : undefined, { modules, limits, alerts, focus: null })
  const groups = useGroups(shown, byTime ? undefined : answer, common('noValue'), 24)
  const heat = useHeat(question, step, null, limits)
  const picture = useRef<Picture | null>(null)
  const { saveCsv, savePng } = useSaving(question, picture)
  const reading: Reading<unknown> = isHeat ? heat.reading : byTime ? over : totals
  const rows = (isHeat ? heat.reading : byTime ? over : totals).data?.rows
  const height = phone ? 220 : 208
  const set = (part: Partial<ChartSearch>) => setMore(at, part)
  const save = () => {
    if (byTime && data) saveCsv(csvOverTime(data.frame, data.lines, t('bucket')))
    if (!byTime && groups) saveCsv(csvByGroup(groups, question.x ?? [], words.title(question)))
  }
  return (
    <Panel
      className={styles.more}
      reading={reading}
      note={<ShortSentence question={question} onChange={set} />}
      actions={
        <div className={styles.actions}>
          <ViewChoice question={question} set={set} />
          <Files csv={save} png={savePng} />
          <ActionIcon variant="subtle" aria-label={t('removeChart')} onClick={() => setMore(at, null)}>
            <IconX size={16} />
          </ActionIcon>
        </div>
      }
      isEmpty={() => rows?.length === 0}
      empty={<NothingFound question={question} />}
    >
      {() => (
        <>
          {isHeat && heat.model && (
            <LargeHeat question={question} model={heat.model} height={height} picture={picture} />
          )}
          {!isHeat && byTime && data && (
            <OverTimeChart question={shown} data={data} height={height} picture={picture} />
          )}
          {!byTime && groups && (
            <GroupsChart
              question={shown}
              groups={groups}
              limits={limits}
              modules={modules}
              height={height + 80}
              picture={picture}
            />
          )}
        </>
      )}
    </Panel>
  )
}
