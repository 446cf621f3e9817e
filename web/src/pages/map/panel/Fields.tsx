/** The fields of an edge: name and threshold, how it moved, its value. The one that fired is red throughout. */
import { useTranslation } from 'react-i18next'
import { ThresholdText } from '~/parts/Names'
import { Sparkline } from '~/parts/Sparkline'
import styles from '../map.module.css'
import type { MapEdge, Tone } from '../model/graph'
import { fieldName, limitText, type Wording, writer } from '../model/labels'
import type { Series } from './useSeries'

interface FieldsProps {
  edge: MapEdge
  wording: Wording
  series: Series | null
}

interface Line {
  key: string
  name: string
  limit: string | null
  bound: number | null
  value: string
  tone: Tone | null
  values: (number | null)[] | undefined
}

function linesOf({ edge, wording, series }: FieldsProps, calls: string): Line[] {
  const { format, fields } = wording
  const lines: Line[] = []
  const told = new Set<string>()
  const at = (name: string) => series?.values.get(name)
  for (const limit of edge.limits) {
    if ('new' in limit.condition) continue
    const key = limit.aggregate ? `${limit.aggregate} ${limit.field}` : 'records'
    told.add(key)
    const bound =
      'above' in limit.condition ? limit.condition.above : 'below' in limit.condition ? limit.condition.below : null
    lines.push({
      key: `${key} ${bound}`,
      name: fieldName(fields, limit.field, limit.aggregate),
      limit: limitText(limit.condition, limit.field, limit.aggregate, wording),
      bound,
      value: writer(limit.field, limit.aggregate, wording)(limit.value),
      tone: limit.tone,
      values: at(key),
    })
  }
  for (const field of fields) {
    const aggregate = field.aggregates[0]
    const value = edge.fields[field.name]?.[aggregate ?? '']
    if (!aggregate || value === undefined || told.has(`${aggregate} ${field.name}`)) continue
    const key = `${aggregate} ${field.name}`
    lines.push({
      key,
      name: fieldName(fields, field.name, aggregate),
      limit: null,
      bound: null,
      value: writer(field.name, aggregate, wording)(value),
      tone: null,
      values: at(key),
    })
  }
  if (!told.has('records'))
    lines.push({
      key: 'records',
      name: calls,
      limit: null,
      bound: null,
      value: format.rate(edge.rate),
      tone: null,
      values: at('records'),
    })
  return lines
}

export function Fields(props: FieldsProps) {
  const { t } = useTranslation('map')
  return (
    <ul className={styles.fields}>
      {linesOf(props, t('callsWord')).map(({ key, name, limit, bound, value, tone, values }) => (
        <li key={key} data-tone={tone}>
          <span>
            <b>{name}</b>
            <ThresholdText limit={limit} exceeded={tone === 'firing'} />
          </span>
          {values ? (
            <Sparkline values={values} threshold={bound} exceeded={tone === 'firing'} label={t('spark', { name })} />
          ) : (
            <span />
          )}
          <b className={styles.fieldValue}>{value}</b>
        </li>
      ))}
    </ul>
  )
}
