/** Small texts with a meaning: a module beside its mark, a threshold in words. */
import { useTranslation } from 'react-i18next'
import { moduleMark } from '~/theme/tokens'
import { useScheme } from '~/theme/useTokens'
import styles from './parts.module.css'

interface ModuleSwatchProps {
  name: string
  /** All names that are shown together: the mark follows from the place among them. */
  among: readonly string[]
}

/** The colour is a mark, never the text. */
export function ModuleSwatch({ name, among }: ModuleSwatchProps) {
  const mark = moduleMark(name, among, useScheme())
  return (
    <span className={styles.swatch}>
      <svg width={16} height={10} aria-hidden>
        {mark.dash.length === 0 ? (
          <rect x={3} width={10} height={10} rx={2.5} fill={mark.color} />
        ) : (
          <line
            x1={0}
            x2={16}
            y1={5}
            y2={5}
            stroke={mark.color}
            strokeWidth={3}
            strokeDasharray={mark.dash.join(' ')}
          />
        )}
      </svg>
      <span className="cut">{name}</span>
    </span>
  )
}

interface ThresholdTextProps {
  /** The limit, formatted; nothing where there is no threshold. */
  limit?: string | null
  exceeded?: boolean
}

export function ThresholdText({ limit, exceeded = false }: ThresholdTextProps) {
  const { t } = useTranslation()
  return (
    <span className={styles.threshold} data-exceeded={exceeded}>
      {limit ? t('threshold', { limit }) : t('noThreshold')}
    </span>
  )
}
