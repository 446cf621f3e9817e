/** Queues and operators in the reader's language; one that is not known here keeps the name that the server gave it. */
import { useTranslation } from 'react-i18next'

const queues = {
  'open segment': 'openSegment',
  'sent and kept': 'sentAndKept',
  'run logs to the disk': 'runLogs',
  'runs that wait for their turn': 'runsWaiting',
  'triggers that wait for the store of runs': 'triggersWaiting',
} as const

const isKnown = (name: string): name is keyof typeof queues => name in queues

/** Queues are counted in things, or in bytes where their name says so. */
export const inBytes = (name: string): boolean => name.endsWith(' (bytes)')

export function usePartNames(): { queue: (name: string) => string; operator: (name: string) => string } {
  const { t } = useTranslation('health')
  const numbered = (name: string, before: string) => new RegExp(`^${before}operator (\\d+)$`).exec(name)?.[1]
  return {
    queue: (name) => {
      const bare = name.replace(' (bytes)', '')
      const operator = numbered(bare, 'intake to ')
      if (operator !== undefined) return t('queueNames.intake', { n: operator })
      return isKnown(bare) ? t(`queueNames.${queues[bare]}`) : bare
    },
    operator: (name) => {
      const n = numbered(name, '')
      return n === undefined ? name : t('operatorName', { n })
    },
  }
}
