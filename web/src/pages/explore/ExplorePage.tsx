/**
 * Explore: how a value moved, split by what. The question stands on top as a sentence of menus and wholly in the URL; below
 * it the large chart, what is linked to it, and further charts on the same cursor.
 */
import { Drawer } from '@mantine/core'
import { IconAdjustmentsHorizontal } from '@tabler/icons-react'
import { useSearch } from '@tanstack/react-router'
import { useMemo, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { type Reading, useApi } from '~/api/useApi'
import { CursorContext, CursorGroup } from '~/charts/cursor'
import { Empty } from '~/parts/Messages'
import { PageLayout } from '~/parts/PageLayout'
import { Panel } from '~/parts/Panel'
import { useClock } from '~/time/clock'
import { useRange } from '~/time/useRange'
import { ColumnChart } from './ColumnChart'
import styles from './explore.module.css'
import { MainChart } from './MainChart'
import { AddChart, MoreCharts } from './MoreCharts'
import { useWords } from './names'
import { usePhone } from './phone'
import { type Monitor, type Question, questionOf, subjectOf } from './question'
import { Sentence } from './Sentence'
import type { ExploreSearch } from './search'
import { useMeasured, useModules } from './useChart'

export function ExplorePage() {
  const { t } = useTranslation('explore')
  const search = useSearch({ from: '/explore' })
  const monitors = useApi('/api/v1/monitors', { still: true })
  const catalogue = useApi('/api/v1/fields', { still: true })
  const [group] = useState(() => new CursorGroup())
  const all = monitors.data?.monitors
  const subject = useMemo(
    () => (all && catalogue.data ? subjectOf(search.monitor, all, catalogue.data) : null),
    [all, catalogue.data, search.monitor],
  )
  const measured = useMeasured(subject, search.field === undefined)
  const question = useMemo(
    () => (subject && measured !== undefined ? questionOf(search, subject, search.q, measured) : null),
    [search, subject, measured],
  )
  if (!question || !all) {
    const known: Reading<unknown> = monitors.error ? monitors : catalogue
    // With a subject, what is not known yet is which of its fields have values.
    const reading = subject ? { ...known, data: undefined, first: true } : known
    return (
      <PageLayout>
        <Panel reading={reading}>{() => <Empty title={t('noMonitor')} />}</Panel>
      </PageLayout>
    )
  }
  return (
    <CursorContext.Provider value={group}>
      <PageLayout filterBar={<QuestionBar question={question} search={search} monitors={all} />}>
        <Charts question={question} search={search} />
      </PageLayout>
    </CursorContext.Provider>
  )
}

interface BarProps {
  question: Question
  search: ExploreSearch
  monitors: readonly Monitor[]
}

/** The sentence; on the phone one line that opens it. */
function QuestionBar(props: BarProps) {
  const { t } = useTranslation('explore')
  const words = useWords()
  const phone = usePhone()
  const [opened, setOpened] = useState(false)
  const { question } = props
  if (!phone) return <Sentence {...props} />
  const count = Object.keys(question.filters).length
  return (
    <>
      <button
        type="button"
        className={styles.foldButton}
        aria-label={`${t('edit')}: ${words.titleBy(question)}${count > 0 ? ` ${count}` : ''}`}
        onClick={() => setOpened(true)}
      >
        <IconAdjustmentsHorizontal size={16} aria-hidden />
        <span className="cut">{words.titleBy(question)}</span>
        {count > 0 && <span className={styles.count}>{count}</span>}
      </button>
      <Drawer opened={opened} onClose={() => setOpened(false)} position="bottom" size="auto" title={t('edit')}>
        <div className={styles.sheet}>
          <Sentence {...props} />
        </div>
      </Drawer>
    </>
  )
}

/** Most buckets of a chart; more cannot be told apart. */
const mostBuckets = 1500

function Charts({ question, search }: { question: Question; search: ExploreSearch }) {
  const range = useRange()
  const { bucketSeconds } = useClock()
  const modules = useModules()
  const chosen = search.step
  const fits =
    chosen !== undefined && chosen % bucketSeconds === 0 && (range.to - range.from) / 1000 / chosen <= mostBuckets
  const step = fits ? chosen : range.step
  return (
    <div className={styles.page}>
      {question.x ? (
        <ColumnChart question={question} modules={modules} />
      ) : (
        <MainChart question={question} search={search} step={step} modules={modules} />
      )}
      <MoreCharts first={question} search={search} step={step} modules={modules} />
      <div className={styles.barFoot}>
        <AddChart first={question} search={search} />
      </div>
    </div>
  )
}
