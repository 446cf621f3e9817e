/** What a chart leaves as a file: its values as CSV, its picture as PNG, both named after the question. */
import { type RefObject, useCallback } from 'react'
import type { Picture } from '~/charts/TimeChart'
import { useFormat } from '~/format/useFormat'
import { csv, download } from '~/parts/ExportMenu'
import { useTokens } from '~/theme/useTokens'
import { useRange } from '~/time/useRange'
import { writeFilters } from './filters'
import { useWords } from './names'
import type { Question } from './question'
import type { CsvRows } from './summary'

/** "average-elapsed_ms-by-target-module" */
export const fileName = (title: string) =>
  title
    .toLowerCase()
    .replace(/[^\p{L}\p{N}_]+/gu, '-')
    .replace(/^-|-$/g, '') || 'chart'

export function useSaving(question: Question, picture: RefObject<Picture | null>) {
  const words = useWords()
  const format = useFormat()
  const colors = useTokens()
  const { from, to } = useRange()
  const title = words.titleBy(question)
  const saveCsv = useCallback(
    (rows: CsvRows) => download(`${fileName(title)}.csv`, csv(rows), 'text/csv;charset=utf-8'),
    [title],
  )
  const savePng = useCallback(async () => {
    if (!picture.current) return
    const { pngOf } = await import('~/charts/picture')
    const span = `${format.dateMinutes(from)} – ${format.dateMinutes(to)} (${format.zone})`
    const note = [span, words.monitor(question.subject.name), writeFilters(question.filters)]
      .filter(Boolean)
      .join(' · ')
    const png = await pngOf(picture.current, { title, note }, colors)
    if (png) download(`${fileName(title)}.png`, png)
  }, [picture, format, from, to, words, question, title, colors])
  return { saveCsv, savePng }
}
