/**
 * Values of the latest bucket, or of the pinned one, as bars by one dimension or several: the limit is a tick, what is
 * beyond it red, what is near it amber. Each bar filters all charts by its words.
 */
import { ActionIcon, Menu } from '@mantine/core'
import { IconDots } from '@tabler/icons-react'
import { useMemo, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { bucketStart, type Frame } from '~/charts/frame'
import { exceeds, type Limit } from '~/charts/model'
import { useFormat } from '~/format/useFormat'
import { Panel } from '~/parts/Panel'
import styles from './explore.module.css'
import { narrowed } from './filters'
import { ColumnChoices } from './Menus'
import { useWords } from './names'
import { usePhone } from './phone'
import { barColumns, type Question } from './question'
import type { ExploreSearch } from './search'
import { combinationOf, measured } from './series'
import { useAsked, useTotals, useValueFormat } from './useChart'
import { useChange } from './useExplore'

interface DimensionBarsProps {
  question: Question
  search: ExploreSearch
  frame: Frame | null
  /** Number of the bucket that is shown. */
  index: number
  limits: readonly Limit[]
}

const top = 8

export function DimensionBars({ question, search, frame, index, limits }: DimensionBarsProps) {
  const { t } = useTranslation('explore')
  const { t: common } = useTranslation()
  const format = useFormat()
  const words = useWords()
  const { value } = useValueFormat(question)
  const { filter } = useChange()
  const [all, setAll] = useState(false)
  const columns = barColumns(search, question)
  const span = useMemo(() => {
    if (!frame) return undefined
    const at = (place: number) => new Date(bucketStart(frame, place)).toISOString()
    return { from: at(index), to: at(index + 1) }
  }, [frame, index])
  const reading = useTotals(question, columns, { span, enabled: frame !== null })
  const asked = useAsked(question, columns, reading.data)
  const noValue = common('noValue')
  const bars = useMemo(() => {
    const seconds = (frame?.step ?? 1000) / 1000
    return (asked.answer?.rows ?? [])
      .map((row) => ({ ...combinationOf(row, asked.by, noValue), at: measured(row, asked.question, seconds) }))
      .filter((bar): bar is typeof bar & { at: number } => bar.at !== null)
      .sort((a, b) => b.at - a.at || (a.name < b.name ? -1 : 1))
  }, [asked, noValue, frame])
  const near = limits.filter(({ value: limit }) => limit <= (bars[0]?.at ?? 0) * 4)
  const most = Math.max(bars[0]?.at ?? 0, ...near.map(({ value: limit }) => limit)) || 1
  const shown = all ? bars : bars.slice(0, top)
  const when = frame
    ? t('latestBucket', {
        time: format.seconds(bucketStart(frame, index)),
        step: format.duration(frame.step, { trim: true }),
      })
    : ''
  const phone = usePhone()
  const count = bars.length > top ? t('top', { n: shown.length, of: bars.length }) : ''
  return (
    <Panel
      reading={reading}
      title={t('barsBy', { columns: words.columns(asked.by) })}
      note={(phone ? [when] : [when, count]).filter(Boolean).join(common('comma'))}
      actions={<BarsMenu question={question} columns={columns} />}
      isEmpty={({ rows }) => rows.length === 0}
      empty={<p className={styles.barFoot}>{t('empty')}</p>}
    >
      {() => (
        <>
          <ul className={styles.bars}>
            {shown.map((bar) => (
              <li key={bar.key}>
                <Bar
                  words={asked.by.map((column) => ({ column, word: bar.words[column] || noValue }))}
                  share={bar.at / most}
                  value={value(bar.at)}
                  state={stateOf(bar.at, limits)}
                  ticks={near.map(({ value: limit }) => limit / most)}
                  onClick={() => filter((before) => narrowed(before, bar.words))}
                />
              </li>
            ))}
          </ul>
          <div className={styles.barFoot}>
            {near.length > 0 && <span className={styles.tickKey}>{t('limitKey')}</span>}
            <span>{t('clickBar')}</span>
            {bars.length > top && (
              <button type="button" className="inline" onClick={() => setAll(!all)}>
                {all ? t('showTop', { n: top }) : t('showAll', { n: bars.length })}
              </button>
            )}
          </div>
        </>
      )}
    </Panel>
  )
}

/** Above nine tenths of a limit a value is near it. */
const nearness = 0.9

export function stateOf(value: number | null, limits: readonly Limit[]): 'ok' | 'pending' | 'firing' {
  if (value === null) return 'ok'
  if (exceeds(value, limits)) return 'firing'
  const near = limits.some(({ side, value: limit }) => side === 'above' && value >= limit * nearness)
  return near ? 'pending' : 'ok'
}

interface BarProps {
  words: readonly { column: string; word: string }[]
  /** Of the longest. */
  share: number
  value: string
  state: 'ok' | 'pending' | 'firing'
  /** Limits, as shares. */
  ticks: readonly number[]
  onClick: () => void
}

function Bar({ words, share, value, state, ticks, onClick }: BarProps) {
  const end = Math.max(share, ...ticks.filter((tick) => tick >= share), 0)
  return (
    <button type="button" className={styles.barRow} data-state={state} onClick={onClick}>
      <span className={styles.barWords}>
        {words.map(({ column, word }) => (
          <span key={column} className={column === 'service' ? 'cut raw' : 'cut'} title={word}>
            {word}
          </span>
        ))}
      </span>
      <span className={styles.barTrack}>
        <span className={styles.barFill} style={{ width: `${share * 100}%` }} />
        {ticks.map((tick) => (
          <span key={tick} className={styles.barTick} style={{ left: `calc(${tick * 100}% - 1px)` }} />
        ))}
        <span className={styles.barValue} style={{ left: `${end * 100}%` }}>
          {value}
        </span>
      </span>
    </button>
  )
}

function BarsMenu({ question, columns }: { question: Question; columns: readonly string[] }) {
  const { t } = useTranslation('explore')
  const words = useWords()
  const { set } = useChange()
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <ActionIcon variant="subtle" aria-label={t('barsColumns')}>
          <IconDots size={16} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown className={styles.menu}>
        <Menu.Label>{t('barsColumns')}</Menu.Label>
        <ColumnChoices
          columns={question.subject.columns}
          chosen={columns}
          name={words.column}
          onChange={(chosen) => set({ bars: chosen.length > 0 ? chosen.join(',') : undefined })}
        />
      </Menu.Dropdown>
    </Menu>
  )
}
