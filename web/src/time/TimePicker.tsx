/**
 * The range of all pages: quick choices, two fields for typing, a calendar, the zone. Opens from the top bar or by `t`.
 * The calendar is loaded when it is first wanted.
 */
import { Button, Popover, Select, TextInput, UnstyledButton } from '@mantine/core'
import { IconCalendar, IconChevronDown, IconChevronLeft, IconChevronRight } from '@tabler/icons-react'
import { lazy, Suspense, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { date } from '~/format/moments'
import { useFormat } from '~/format/useFormat'
import { useClock } from './clock'
import {
  describeSpan,
  namedRanges,
  parseMoment,
  parsePhrase,
  parseRange,
  type Range,
  relativeChoices,
  shifted,
  writeEnds,
} from './range'
import styles from './time.module.css'
import { useRange, useSetZone, useZone } from './useRange'
import { useRangeName } from './words'
import { browserZone, isZone } from './zones'

const DayPicker = lazy(() => import('./DayPicker'))

interface TimePickerProps {
  opened: boolean
  onOpen: (opened: boolean) => void
  short: boolean
}

export function TimePicker({ opened, onOpen, short }: TimePickerProps) {
  const { t } = useTranslation('time')
  const { range, from, to, cut, setRange } = useRange()
  const zone = useZone()
  const { now, dataSince } = useClock()
  const nameOf = useRangeName()
  const format = useFormat()
  const span = describeSpan({ from, to }, zone, now)
  const ends = cut ? t('begun', { time: format.minutes(dataSince) }) : span
  return (
    <div className={styles.group}>
      {!short && (
        <UnstyledButton
          className={styles.step}
          aria-label={t('keys.earlier', { ns: 'shell' })}
          onClick={() => setRange(shifted({ from, to }, -1))}
        >
          <IconChevronLeft size={14} />
        </UnstyledButton>
      )}
      <Popover opened={opened} onChange={onOpen} position="bottom-end" trapFocus withinPortal>
        <Popover.Target>
          <UnstyledButton
            className={styles.button}
            title={cut ? t('cut', { span }) : undefined}
            onClick={() => onOpen(!opened)}
          >
            <IconCalendar size={14} aria-hidden />
            <span className={styles.legend}>{t('range')}: </span>
            <b>{range.kind === 'between' && !short ? ends : nameOf(range, short)}</b>
            {!short && range.kind !== 'between' && <span className={styles.ends}> {ends}</span>}
            <IconChevronDown size={14} aria-hidden />
          </UnstyledButton>
        </Popover.Target>
        <Popover.Dropdown p={0} aria-label={t('range')}>
          <RangeForm onDone={() => onOpen(false)} />
        </Popover.Dropdown>
      </Popover>
      {!short && (
        <UnstyledButton
          className={styles.step}
          aria-label={t('keys.later', { ns: 'shell' })}
          onClick={() => setRange(shifted({ from, to }, 1))}
        >
          <IconChevronRight size={14} />
        </UnstyledButton>
      )}
    </div>
  )
}

function RangeForm({ onDone }: { onDone: () => void }) {
  const { t } = useTranslation('time')
  const { range, chosen, setRange } = useRange()
  const nameOf = useRangeName()
  const choose = (next: Range | null) => {
    setRange(next)
    onDone()
  }
  const isChosen = (choice: Range) => JSON.stringify(choice) === JSON.stringify(range)
  const quick: Range[] = relativeChoices.map((ms) => ({ kind: 'relative', ms }))
  const named: Range[] = namedRanges.map((name) => ({ kind: 'named', name }))
  return (
    <div className={styles.form}>
      <fieldset className={styles.choices}>
        <legend className={styles.legend}>{t('quick')}</legend>
        {[...quick, ...named].map((choice) => (
          <UnstyledButton
            key={JSON.stringify(choice)}
            className={styles.choice}
            aria-pressed={isChosen(choice)}
            onClick={() => choose(choice)}
          >
            {nameOf(choice)}
          </UnstyledButton>
        ))}
        {chosen && (
          <UnstyledButton className={styles.choice} onClick={() => choose(null)}>
            {t('pageDefault')}
          </UnstyledButton>
        )}
      </fieldset>
      <TypedRange onApply={choose} />
    </div>
  )
}

function TypedRange({ onApply }: { onApply: (range: Range) => void }) {
  const { t } = useTranslation('time')
  const { range } = useRange()
  const zone = useZone()
  const { now } = useClock()
  const [ends, setEnds] = useState(() => writeEnds(range, now, zone))
  const [touched, setTouched] = useState(false)

  const first = parseMoment(ends.from, now, zone)
  const last = parseMoment(ends.to, now, zone)
  // One field takes a whole phrase too: "2h", "yesterday".
  const phrase = parsePhrase(ends.from, zone)
  const typed = parseRange(ends.from, ends.to, zone) ?? phrase
  const wrongFrom = touched && first === null && !phrase ? t('wrongFrom') : null
  const wrongTo = touched && last === null ? t('wrongTo') : null
  const wrongOrder = touched && first !== null && last !== null && first >= last ? t('wrongOrder') : null
  const type = (part: Partial<typeof ends>) => {
    setTouched(true)
    setEnds({ ...ends, ...part })
  }
  const day = (at: number | null) => (at === null ? null : date(at, zone))
  return (
    <form
      className={styles.typed}
      onSubmit={(event) => {
        event.preventDefault()
        setTouched(true)
        if (typed) onApply(pinned(typed, zone, now))
      }}
    >
      <div className={styles.fields}>
        <TextInput
          label={t('from')}
          placeholder={t('typeHint')}
          value={ends.from}
          error={wrongFrom}
          onChange={(event) => type({ from: event.currentTarget.value })}
        />
        <TextInput
          label={t('to')}
          placeholder={t('typeHint')}
          value={ends.to}
          error={wrongTo ?? wrongOrder}
          onChange={(event) => type({ to: event.currentTarget.value })}
        />
      </div>
      <Suspense fallback={<div className={styles.calendar} />}>
        <div className={styles.calendar}>
          <DayPicker
            label={t('calendar')}
            days={[day(first), day(last)]}
            onPick={([a, b]) =>
              type(b ? { from: `${a} 00:00`, to: `${b} 23:59:59` } : { from: `${a} 00:00`, to: `${a} 23:59:59` })
            }
          />
        </div>
      </Suspense>
      <div className={styles.foot}>
        <ZoneSelect />
        <Button type="submit" variant="filled" disabled={!typed}>
          {t('apply', { ns: 'common' })}
        </Button>
      </div>
    </form>
  )
}

/** Wall-clock times become moments, so that the URL means the same in every zone; what moves keeps moving. */
function pinned(range: Range, zone: string, now: number): Range {
  if (range.kind !== 'between') return range
  const pin = (text: string) => {
    const at = text.trim().startsWith('now') ? null : parseMoment(text, now, zone)
    return at === null ? text : new Date(at).toISOString().replace('.000Z', 'Z')
  }
  return { kind: 'between', from: pin(range.from), to: pin(range.to) }
}

const knownZones = () => Intl.supportedValuesOf('timeZone')

function ZoneSelect() {
  const { t } = useTranslation('time')
  const zone = useZone()
  const setZone = useSetZone()
  const browser = browserZone()
  const others = [...new Set(['UTC', zone, ...knownZones()])].filter((each) => each !== browser)
  return (
    <Select
      className={styles.zone}
      aria-label={t('zone')}
      searchable
      allowDeselect={false}
      limit={60}
      comboboxProps={{ withinPortal: false }}
      data={[{ value: browser, label: t('browserZone', { zone: browser }) }, ...others]}
      value={zone}
      onChange={(value) => {
        if (value && isZone(value)) setZone(value === browser ? null : value)
      }}
    />
  )
}
