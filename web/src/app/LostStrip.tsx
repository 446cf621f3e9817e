/** The strip under the top bar while Magpie does not answer. */
import { Button } from '@mantine/core'
import { IconPlugConnectedX } from '@tabler/icons-react'
import { useQueryClient } from '@tanstack/react-query'
import { useEffect } from 'react'
import { useTranslation } from 'react-i18next'
import { connection, useConnection } from '~/api/connection'
import { reconnect } from '~/api/stream'
import { useFormat } from '~/format/useFormat'
import { refresh } from '~/time/clock'
import styles from './shell.module.css'

export function LostStrip() {
  const { t } = useTranslation('shell')
  const present = useConnection()
  const format = useFormat()
  const queryClient = useQueryClient()
  useEffect(
    () =>
      connection.onReturn(() => {
        refresh()
        reconnect()
        void queryClient.refetchQueries({ predicate: (query) => query.state.status === 'error' })
      }),
    [queryClient],
  )
  if (present.state === 'connected') return null
  return (
    <div className={styles.strip} role="status">
      <IconPlugConnectedX size={16} aria-hidden />
      {t('lost', { time: format.seconds(present.since) })}
      <Button
        size="xs"
        onClick={() => {
          reconnect()
          refresh()
        }}
      >
        {t('retry', { ns: 'common' })}
      </Button>
    </div>
  )
}
