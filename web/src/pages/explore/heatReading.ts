/** The distribution of a field over time, of one series or of all, as a heat map's model. */
import { useMemo } from 'react'
import type { Schemas } from '~/api/client'
import { type QueryOf, type Reading, useApi } from '~/api/useApi'
import { type HeatModel, heatModel } from '~/charts/heat'
import type { Limit } from '~/charts/model'
import { useRange } from '~/time/useRange'
import { type Filters, narrowed } from './filters'
import { keepsSketch, type Question, rollupsQuery } from './question'
import { frameOf } from './series'

type Heatmap = Schemas['Heatmap']

interface HeatReading {
  reading: Reading<Heatmap>
  model: HeatModel | null
}

/** `words` narrows it to one series. Limits are drawn only where they judge single values' size, as averages and percentiles do. */
export function useHeat(
  question: Question,
  step: number,
  words: Record<string, string> | null,
  limits: readonly Limit[],
): HeatReading {
  const { query } = useRange()
  const filters: Filters = words ? narrowed(question.filters, words) : question.filters
  const reading = useApi('/api/v1/rollups/heatmap', {
    query: {
      ...query,
      ...rollupsQuery({ ...question, filters }, []),
      field: question.field.name,
      step: `${step}s`,
    } as unknown as QueryOf<'/api/v1/rollups/heatmap'>,
    enabled: keepsSketch(question.field),
  })
  const anchor = 10 ** -question.field.scale
  const sized = question.aggregate === 'avg' || /^(p\d|max|min)/.test(question.aggregate)
  const model = useMemo(() => {
    if (!reading.data) return null
    return heatModel(frameOf(reading.data), reading.data.rows, sized ? limits : [], anchor)
  }, [reading.data, limits, sized, anchor])
  return { reading, model }
}
