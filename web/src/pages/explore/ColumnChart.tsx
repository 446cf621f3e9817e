/** The large chart whose horizontal axis is a dimension, or several combined, over the whole range; and its table. */
import { useRef } from 'react'
import { useTranslation } from 'react-i18next'
import type { Picture } from '~/charts/TimeChart'
import { CompletenessPill, summed } from '~/parts/Completeness'
import { Panel } from '~/parts/Panel'
import { Files, ViewChoice, Ways } from './ChartHead'
import styles from './explore.module.css'
import { GroupTable } from './GroupTable'
import { NothingFound } from './NothingFound'
import { useWords } from './names'
import { usePhone } from './phone'
import { GroupsChart, useGroups } from './QuestionChart'
import type { Question } from './question'
import { useSaving } from './saving'
import { csvByGroup } from './summary'
import { useAsked, useLimits, useTotals } from './useChart'
import { useChange } from './useExplore'

/** More groups than these cannot be told apart. */
export const mostGroups = { wide: 40, phone: 12 }

export function ColumnChart({ question, modules }: { question: Question; modules: readonly string[] }) {
  const { t: common } = useTranslation()
  const words = useWords()
  const phone = usePhone()
  const { set } = useChange()
  const by = [...(question.x ?? []), ...question.split]
  const totals = useTotals(question, by)
  const { question: shown, answer } = useAsked(question, by, totals.data)
  const groups = useGroups(shown, answer, common('noValue'), phone ? mostGroups.phone : mostGroups.wide)
  const limits = useLimits(shown)
  const picture = useRef<Picture | null>(null)
  const { saveCsv, savePng } = useSaving(question, picture)
  const calls = totals.data ? totals.data.rows.reduce((sum, row) => sum + row.records, 0) : null
  return (
    <>
      <Panel
        reading={totals}
        title={phone ? undefined : words.titleBy(shown)}
        note={<CompletenessPill completeness={summed(totals.data?.completeness ?? [])} />}
        actions={
          <div className={styles.actions}>
            <ViewChoice question={question} set={set} />
            <Ways question={question} calls={calls} />
            <Files csv={() => groups && saveCsv(csvByGroup(groups, shown.x ?? [], words.title(shown)))} png={savePng} />
          </div>
        }
        isEmpty={({ rows }) => rows.length === 0}
        empty={<NothingFound question={question} />}
      >
        {() =>
          groups && (
            <GroupsChart
              question={shown}
              groups={groups}
              limits={limits}
              modules={modules}
              height={phone ? 340 : 420}
              picture={picture}
            />
          )
        }
      </Panel>
      {totals.data && totals.data.rows.length > 0 && (
        <GroupTable question={question} answer={totals.data} limits={limits} />
      )}
    </>
  )
}
