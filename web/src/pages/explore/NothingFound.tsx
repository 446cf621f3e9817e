/** Why there is no chart: a filter too many, which is named and can be dropped, or nothing in this time. */
import { Button } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import { useNewest } from '~/api/useNewest'
import { Empty, EmptyRange } from '~/parts/Messages'
import { without } from './filters'
import { useWords } from './names'
import type { Question } from './question'
import { useChange } from './useExplore'

export function NothingFound({ question }: { question: Question }) {
  const { t } = useTranslation('explore')
  const { t: common } = useTranslation()
  const words = useWords()
  const { filter } = useChange()
  const newest = useNewest()
  const last = Object.entries(question.filters).at(-1)
  if (!last) return <EmptyRange title={t('empty')} newest={newest} />
  const [column, values] = last
  const text = `${words.column(column)} ${common('is')} ${values.join(t('or'))}`
  return (
    <Empty
      title={t('emptyFiltered')}
      hint={t('emptyFilteredHint', { filter: text })}
      action={
        <Button onClick={() => filter((before) => without(before, column))}>{t('drop', { filter: text })}</Button>
      }
    />
  )
}
