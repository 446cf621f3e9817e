/** The calendar of the time picker, in a file of its own because it is loaded only when the picker opens. */
import '@mantine/dates/styles.css'
import 'dayjs/locale/zh-cn'
import { DatePicker } from '@mantine/dates'
import { useState } from 'react'
import { useLang } from '~/i18n'

interface DayPickerProps {
  label: string
  /** "2026-11-22"; null where the typed text is no time. */
  days: [string | null, string | null]
  onPick: (days: [string, string | null]) => void
}

export default function DayPicker({ label, days, onPick }: DayPickerProps) {
  const lang = useLang()
  // Between the first and the second click the calendar holds a half range that the fields cannot show.
  const [half, setHalf] = useState<string | null>(null)
  return (
    <DatePicker
      aria-label={label}
      type="range"
      size="xs"
      allowSingleDateInRange
      firstDayOfWeek={1}
      locale={lang === 'zh' ? 'zh-cn' : 'en'}
      value={half ? [half, null] : days}
      onChange={([first, last]) => {
        setHalf(last ? null : first)
        if (first) onPick([first, last])
      }}
    />
  )
}
