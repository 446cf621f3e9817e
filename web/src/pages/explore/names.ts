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

const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1)

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
    const title: Words['title'] = (question) =>
      capital(
        t('title', { aggregate: aggregate(question.aggregate, question.field), field: field(question.field.name) }),
      )
    return {
      column,
      columns,
      field,
      aggregate,
      monitor: (name) => (name === anyDimensions ? t('any') : name),
      title,
      titleBy: (question) => {
        const by = [...(question.x ?? []), ...question.split]
        return by.length === 0 ? title(question) : t('titleBy', { title: title(question), columns: columns(by) })
      },
    }
  }, [t, lang])
}
