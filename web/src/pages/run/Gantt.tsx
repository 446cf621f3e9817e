/**
 * The run's steps on one clock: names at the left, indented by nesting, bars for attempts, the duration at the right.
 * A list of options for the keyboard: arrows move the selection, left and right fold and unfold what is inside. Many rows, as a
 * loop makes them, scroll by themselves, and only those that are seen are drawn.
 */
import { Button } from '@mantine/core'
import { IconChevronDown, IconChevronRight } from '@tabler/icons-react'
import { useVirtualizer } from '@tanstack/react-virtual'
import { type CSSProperties, type KeyboardEvent, type Ref, useEffect, useMemo, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { RunDetail } from '~/api/runs'
import { useFormat } from '~/format/useFormat'
import { movedBy } from '~/parts/LogList'
import { StepStatusIcon } from '~/runs/status'
import { type Bar, clockFor, type GanttClock, type Row, unfolded } from './gantt'
import styles from './gantt.module.css'

interface GanttProps {
  run: RunDetail
  /** All of them; which are folded is known here. */
  rows: readonly Row[]
  now: number
  /** Key of the selected row. */
  selected: string | null
  onSelect: (row: Row, attempt?: number) => void
}

/** Rows beyond which the list scrolls by itself. */
const many = 100

export function Gantt({ run, rows: all, now, selected, onSelect }: GanttProps) {
  const { t } = useTranslation('run')
  const format = useFormat()
  const [folded, setFolded] = useState<ReadonlySet<string>>(new Set())
  const rows = useMemo(() => unfolded(all, folded), [all, folded])
  const clock = useMemo(() => clockFor(run, all, now), [run, all, now])
  const nested = all.filter(({ inside }) => inside > 0)
  const flip = (key: string, on = !folded.has(key)) =>
    setFolded((before) => {
      const next = new Set(before)
      if (on) next.add(key)
      else next.delete(key)
      return next
    })
  const scroller = useRef<HTMLDivElement>(null)
  const scrolls = rows.length > many
  const virtual = useVirtualizer({
    count: scrolls ? rows.length : 0,
    getScrollElement: () => scroller.current,
    estimateSize: () => 30,
    getItemKey: (index) => rows[index]?.key ?? index,
    overscan: 16,
  })
  const at = rows.findIndex(({ key }) => key === selected)
  useEffect(() => {
    if (scrolls && at >= 0) virtual.scrollToIndex(at)
  }, [virtual, scrolls, at])
  const onKeyDown = (event: KeyboardEvent) => {
    const row = rows[at]
    if (row && row.inside > 0 && (event.key === 'ArrowLeft' || event.key === 'ArrowRight')) {
      flip(row.key, event.key === 'ArrowLeft')
      event.preventDefault()
      return
    }
    const to = movedBy(event.key, at, rows.length, 10)
    const next = to === null ? undefined : rows[to]
    if (!next) return
    event.preventDefault()
    onSelect(next)
  }
  const drawn = (row: Row, index: number, placed?: Placed) => (
    <GanttRow
      key={row.key}
      row={row}
      index={index}
      count={rows.length}
      placed={placed}
      clock={clock}
      selected={row.key === selected}
      folded={folded.has(row.key)}
      onFold={() => flip(row.key)}
      onSelect={onSelect}
    />
  )
  return (
    <section className={styles.gantt} data-scrolls={scrolls || undefined} aria-label={t('steps')}>
      <header>
        <span>{t('stepCount', { count: all.length, n: format.count(all.length) })}</span>
        {nested.length > 0 && (
          <Button
            size="xs"
            variant="subtle"
            onClick={() => setFolded(folded.size > 0 ? new Set() : new Set(nested.map(({ key }) => key)))}
          >
            {folded.size > 0 ? t('unfoldAll') : t('foldAll')}
          </Button>
        )}
        <Axis clock={clock} />
        <span className={styles.durationHead}>{t('duration')}</span>
      </header>
      <div
        ref={scroller}
        role="listbox"
        aria-label={t('steps')}
        tabIndex={0}
        onKeyDown={onKeyDown}
        className={styles.rows}
      >
        {scrolls ? (
          <div role="presentation" style={{ position: 'relative', height: virtual.getTotalSize() }}>
            {virtual.getVirtualItems().map(({ index, start }) =>
              drawn(rows[index] as Row, index, {
                ref: virtual.measureElement,
                style: { transform: `translateY(${start}px)` },
              }),
            )}
          </div>
        ) : (
          rows.map((row, index) => drawn(row, index))
        )}
      </div>
    </section>
  )
}

/** What a cut says takes so much of the width, on either side of it. */
const cutShare = 0.16

function Axis({ clock }: { clock: GanttClock }) {
  const { t } = useTranslation('run')
  const format = useFormat()
  return (
    <span className={styles.axis}>
      {clock.ticks
        .filter(({ x }) => clock.cuts.every((cut) => Math.abs(cut.at - x) > cutShare))
        .map(({ at, x }) => (
          <span key={at} style={{ left: `${x * 100}%` }}>
            {at === 0 ? '0' : format.duration(at, { trim: true })}
          </span>
        ))}
      {clock.cuts.map(({ at, ms }) => (
        <span
          key={at}
          className={styles.cut}
          style={{ left: `${at * 100}%` }}
          title={t('cut', { time: format.duration(ms) })}
        >
          {format.duration(ms)}
        </span>
      ))}
    </span>
  )
}

/** Where a row stands in a list that scrolls by itself. */
interface Placed {
  ref: Ref<HTMLDivElement>
  style: CSSProperties
}

interface GanttRowProps {
  row: Row
  /** Which of how many. */
  index: number
  count: number
  placed?: Placed
  clock: GanttClock
  selected: boolean
  folded: boolean
  onFold: () => void
  onSelect: GanttProps['onSelect']
}

function GanttRow({ row, index, count, placed, clock, selected, folded, onFold, onSelect }: GanttRowProps) {
  const { t } = useTranslation(['run', 'runs', 'common'])
  const format = useFormat()
  const Chevron = folded ? IconChevronRight : IconChevronDown
  const notes = [
    // What a step did says more than its kind, unless it is named like that.
    row.operation === null || row.operation === row.kind ? kindText(row.kind, t) : row.operation,
    row.inside > 0 && t('inside', { count: row.inside, n: format.count(row.inside) }),
    row.bars.length > 1 && t('attempts', { n: row.bars.length, ns: 'runs' }),
  ].filter(Boolean)
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: keys are handled by the listbox, which keeps the focus
    <div
      {...placed}
      role="option"
      tabIndex={-1}
      aria-selected={selected}
      aria-setsize={count}
      aria-posinset={index + 1}
      data-index={index}
      className={styles.row}
      data-status={row.status}
      onClick={() => onSelect(row)}
    >
      <span className={styles.name} style={{ paddingLeft: row.depth * 18 }}>
        {/* Folding is for the pointer here, for the keyboard with the arrows. */}
        <span
          className={styles.fold}
          aria-hidden
          onClick={(event) => {
            if (row.inside === 0) return
            event.stopPropagation()
            onFold()
          }}
        >
          {row.inside > 0 && <Chevron size={14} />}
        </span>
        <StepStatusIcon status={row.status} />
        <span className="cut">
          {row.iteration !== '' && <span className={styles.iteration}>[{row.iteration}]</span>} {row.name}{' '}
          <span className="secondary">{notes.join(t('listComma', { ns: 'common' }))}</span>
        </span>
      </span>
      <Track row={row} clock={clock} onSelect={onSelect} />
      <span className={styles.duration}>
        {row.status === 'unreached'
          ? t('unreached')
          : row.status === 'skipped'
            ? t('skipped')
            : format.duration(row.duration)}
      </span>
    </div>
  )
}

const kinds = ['do', 'set', 'call', 'for', 'fork', 'switch', 'try', 'wait', 'raise', 'emit', 'listen', 'run'] as const

function kindText(kind: string, t: ReturnType<typeof useTranslation<['run', 'runs', 'common']>>['t']): string {
  const known = kinds.find((each) => each === kind)
  return known ? t(`kind.${known}`) : kind
}

function Track({ row, clock, onSelect }: Pick<GanttRowProps, 'row' | 'clock' | 'onSelect'>) {
  const first = row.bars[0]
  const last = row.bars.at(-1)
  const left = first ? clock.x(first.from) : 0
  return (
    <span className={styles.track} aria-hidden>
      {clock.ticks.map(({ at, x }) => (
        <i key={at} className={styles.grid} style={{ left: `${x * 100}%` }} />
      ))}
      {clock.cuts.map(({ at }) => (
        <i key={at} className={styles.gap} style={{ left: `${at * 100}%` }} />
      ))}
      {first && last && row.bars.length > 1 && (
        <i className={styles.wait} style={{ left: `${left * 100}%`, right: `${(1 - clock.x(last.from)) * 100}%` }} />
      )}
      {row.bars.map((bar) => (
        <OneBar key={`${bar.attempt} ${bar.from}`} bar={bar} row={row} clock={clock} onSelect={onSelect} />
      ))}
    </span>
  )
}

/** A bar of less of the width has no room for "1 of 3". */
const labelShare = 0.1

interface OneBarProps {
  bar: Bar
  row: Row
  clock: GanttClock
  onSelect: GanttProps['onSelect']
}

function OneBar({ bar, row, clock, onSelect }: OneBarProps) {
  const { t } = useTranslation('run')
  const format = useFormat()
  const [left, right] = [clock.x(bar.from), clock.x(bar.to)]
  const many = row.bars.length > 1
  const last = bar === row.bars.at(-1)
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the tries are chosen by keyboard in the step's own part
    // biome-ignore lint/a11y/useKeyWithClickEvents: see above
    <span
      className={styles.bar}
      data-status={bar.status}
      data-kind={row.inside > 0 ? 'bracket' : bar.folded ? 'folded' : many && !last ? 'earlier' : 'plain'}
      style={{ left: `${left * 100}%`, width: `max(3px, ${(right - left) * 100}%)` }}
      title={`${t('attemptOf', { n: bar.attempt, of: row.bars.length })}, ${format.duration(bar.to - bar.from)}`}
      onClick={(event) => {
        event.stopPropagation()
        onSelect(row, bar.attempt)
      }}
    >
      {many && bar.status === 'failed' && row.inside === 0 && right - left > labelShare && (
        <span>{t('attemptOf', { n: bar.attempt, of: row.bars.length })}</span>
      )}
    </span>
  )
}
