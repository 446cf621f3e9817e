/** How many alerts fire and wait, in the top bar of every page, kept live by the stream. */
import { Link } from '@tanstack/react-router'
import { useEffect, useRef } from 'react'
import { useTranslation } from 'react-i18next'
import { useStream } from '~/api/stream'
import { useApi, useInvalidate } from '~/api/useApi'
import { useFormat } from '~/format/useFormat'
import { StateBadge } from '~/parts/Badges'
import styles from './shell.module.css'

interface Counts {
  firing: number
  pending: number
}

export function useAlertCounts(): Counts {
  const { data } = useApi('/api/v1/alerts', { query: { limit: 1000 } })
  const invalidate = useInvalidate()
  const waiting = useRef<ReturnType<typeof setTimeout> | undefined>(undefined)
  useEffect(() => () => clearTimeout(waiting.current), [])
  useStream('alert', () => {
    // A broken service can change many alerts at once: they are asked for together.
    waiting.current ??= setTimeout(() => {
      waiting.current = undefined
      void invalidate('/api/v1/alerts', '/api/v1/alerts/{id}')
    }, 400)
  })
  const alerts = data?.alerts ?? []
  const number = (state: 'firing' | 'pending') => alerts.filter((alert) => alert.state === state).length
  return { firing: number('firing'), pending: number('pending') }
}

export function AlertCounts({ firing, pending, short }: Counts & { short: boolean }) {
  const { t } = useTranslation('shell')
  const format = useFormat()
  return (
    <div className={styles.counts}>
      {(['firing', 'pending'] as const).map((state) => {
        const count = { firing, pending }[state]
        if (count === 0) return null
        const words = t(state, { count, n: format.count(count) })
        return (
          <Link key={state} to="/alerts" aria-label={words}>
            <StateBadge state={state} label={short ? format.count(count) : words} />
          </Link>
        )
      })}
    </div>
  )
}
