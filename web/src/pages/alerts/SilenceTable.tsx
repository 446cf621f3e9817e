/** The silences: those in force first, then those that are over; each can be ended early. */
import { Button } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { useMay } from '~/access/session'
import { answer, client, type Schemas } from '~/api/client'
import { useApi, useInvalidate } from '~/api/useApi'
import { useFormat } from '~/format/useFormat'
import { StateBadge } from '~/parts/Badges'
import { useColumnName } from '~/parts/Filters'
import { Empty } from '~/parts/Messages'
import { Panel } from '~/parts/Panel'
import { useClock } from '~/time/clock'
import styles from './alerts.module.css'

type Silence = Schemas['Silence']

export function SilenceTable() {
  const { t } = useTranslation('alerts')
  const reading = useApi('/api/v1/silences')
  return (
    <Panel
      reading={reading}
      isEmpty={({ silences }) => silences.length === 0}
      empty={<Empty title={t('noSilences')} hint={t('noSilencesHint')} />}
    >
      {({ silences }) => (
        <div className={styles.list}>
          <table className={`data ${styles.silences}`}>
            <thead>
              <tr>
                <th>{t('state')}</th>
                <th>{t('covers')}</th>
                <th>{t('ends')}</th>
                <th>{t('why')}</th>
                <th>{t('who')}</th>
                <th>
                  <span className="unseen">{t('end')}</span>
                </th>
              </tr>
            </thead>
            <tbody>
              {[...silences]
                .sort((a, b) => Number(b.active) - Number(a.active))
                .map((silence) => (
                  <SilenceRow key={silence.id} silence={silence} />
                ))}
            </tbody>
          </table>
        </div>
      )}
    </Panel>
  )
}

function SilenceRow({ silence }: { silence: Silence }) {
  const may = useMay()
  const { t } = useTranslation('alerts')
  const { t: common } = useTranslation()
  const format = useFormat()
  const { now } = useClock()
  const columnName = useColumnName()
  const invalidate = useInvalidate()
  const end = useMutation({
    mutationFn: () =>
      answer('DELETE silence', client.DELETE('/api/v1/silences/{id}', { params: { path: { id: silence.id } } })),
    onSuccess: () => invalidate('/api/v1/silences', '/api/v1/alerts', '/api/v1/alerts/{id}'),
  })
  const left = Date.parse(silence.ends) - now
  return (
    <tr>
      <td>
        <StateBadge
          state={silence.active ? 'silenced' : 'unknown'}
          label={silence.active ? t('inForce') : t('ended')}
        />
      </td>
      <td>
        {silence.matchers.map(({ name, value, op }) => (
          <span key={`${name}${op}${value}`} className={styles.matched}>
            {columnName(name)} {t(`operators.${op}`)} <b>{value || common('noValue')}</b>
          </span>
        ))}
      </td>
      <td title={format.fullTime(silence.ends)}>
        {format.dateMinutes(silence.ends)}
        {silence.active && left > 0 && (
          <span className="secondary"> {t('left', { duration: format.since(left) })}</span>
        )}
      </td>
      <td>{silence.comment || '–'}</td>
      <td>{silence.by}</td>
      <td className="number">
        {silence.active && (
          <Button loading={end.isPending} onClick={() => end.mutate()} {...may('operator')}>
            {t('endNow')}
          </Button>
        )}
      </td>
    </tr>
  )
}
