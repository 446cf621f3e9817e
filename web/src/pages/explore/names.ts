/** How columns, fields and aggregations read within a sentence. */
import { useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import { useLang } from '~/i18n'
import { useColumnName } from '~/parts/Filters'
import { type Aggregate, anyDimensions, type Field, type Question, records } from './question'

export interface Words {
  /** "target module" */
  column: (column: string) => string
  /** "target module and service" */
  columns: (columns: readonly string[]) => string
  field: (name: string) => string
  aggregate: (aggregate: Aggregate, field: Field) => string
  monitor: (name: string) => string
  /** "Average elapsed_ms" */
  title: (question: Pick<Question, 'field' | 'aggregate'>) => string
  /** "Average elapsed_ms by target module" */
  titleBy: (question: Question) => string
}

export const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1)

export function useWords(): Words {
  const { t } = useTranslation('explore')
  const columnName = useColumnName()
  const lang = useLang()
  // biome-ignore lint/correctness/useExhaustiveDependencies: the column names follow from the language
  return useMemo(() => {
    const column = (name: string) => {
      const known = columnName(name)
      return lang === 'en' && known !== name ? known.charAt(0).toLowerCase() + known.slice(1) : known
    }
    const columns = (names: readonly string[]) => names.map(column).join(t('and'))
    const field = (name: string) => (name === records ? t('records') : name)
    const aggregate = (of: Aggregate, { flag }: Field) => t(`aggregates.${flag && of === 'avg' ? 'share' : of}`)
    const title: Words['title'] = (question) => {
      if (question.field.name === records) return t(question.aggregate === 'rate' ? 'titleCallRate' : 'titleCalls')
      const texts = { aggregate: aggregate(question.aggregate, question.field), field: question.field.name }
      const plain = ['avg', 'min', 'max'].includes(question.aggregate) && !question.field.flag
      const text = t(plain ? 'title' : 'titleOf', texts)
      return lang === 'en' ? capital(text) : text
    }
    return {
      column,
      columns,
      field,
      aggregate,
      monitor: (name) => (name === anyDimensions ? t('any') : name),
      title,
      titleBy: (question) => {
        const x = question.x ?? []
        const by = [...x, ...question.split]
        if (by.length === 0) return title(question)
        if (x.length === 0 || question.split.length === 0)
          return t('titleBy', { title: title(question), columns: columns(by) })
        return t('titleSplit', { title: title(question), x: columns(x), columns: columns(question.split) })
      },
    }
  }, [t, lang])
}
