/** What a range is called, long for the button, short for the phone. */
import { useTranslation } from 'react-i18next'
import { describeSpan, type Range, type Span, writeSpan } from './range'

type Unit = 'ms' | 's' | 'm' | 'h' | 'd'

export function useRangeName(): (range: Range, short?: boolean) => string {
  const { t } = useTranslation('time')
  return (range, short = false) => {
    if (range.kind === 'named') return t(`named.${range.name}`)
    if (range.kind === 'between') return t('custom')
    const [, n = '', unit = 'm'] = /^(\d+)(\w+)$/.exec(writeSpan(range.ms)) ?? []
    return t(`${short ? 'short' : 'last'}.${unit as Unit}`, { n })
  }
}

export { describeSpan, type Span }
