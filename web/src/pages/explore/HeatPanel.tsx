/** The linked heat map: how the values of the field are distributed over time, for the series in focus or for all. */
import { useTranslation } from 'react-i18next'
import { narrowMargins } from '~/charts/frame'
import { HeatChart, HeatLegend } from '~/charts/HeatChart'
import type { Limit } from '~/charts/model'
import { EmptyRange } from '~/parts/Messages'
import { Panel } from '~/parts/Panel'
import { useRange } from '~/time/useRange'
import { useHeat } from './heatReading'
import type { Question } from './question'
import type { Line } from './series'
import { useValueFormat } from './useChart'

interface HeatPanelProps {
  question: Question
  step: number
  /** The series in focus. */
  line: Line | null
  limits: readonly Limit[]
  onPick: (at: number) => void
}

export function HeatPanel({ question, step, line, limits, onPick }: HeatPanelProps) {
  const { t } = useTranslation('explore')
  const { zoomTo } = useRange()
  const { plain } = useValueFormat(question)
  const { reading, model } = useHeat(question, step, line?.words ?? null, limits)
  const field = question.field.name
  const name = line?.name
  const title = name ? t('heatOf', { field, name }) : t('heatTitle', { field })
  return (
    <Panel
      reading={reading}
      title={title}
      note={t('perCell')}
      actions={model && <HeatLegend most={model.most} />}
      isEmpty={() => model !== null && model.cells.length === 0}
      empty={<EmptyRange title={t('empty')} />}
    >
      {() =>
        model && (
          <HeatChart
            model={model}
            label={title}
            value={plain}
            height={226}
            margins={narrowMargins}
            onRange={zoomTo}
            onPick={(index) => onPick(model.frame.from + index * model.frame.step)}
          />
        )
      }
    </Panel>
  )
}
