/**
 * The strip of `magpie demo`: what one looks at, and its faults as switches, so that a newcomer breaks something and
 * sees what Magpie makes of it. It is not there on a Magpie that watches something real.
 */
import { CloseButton, Popover, Switch } from '@mantine/core'
import { useMediaQuery, useSessionStorage } from '@mantine/hooks'
import { IconBolt, IconBuildingStore } from '@tabler/icons-react'
import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useMay } from '~/access/session'
import { answer, client, type Schemas } from '~/api/client'
import { useApi, useInvalidate } from '~/api/useApi'
import styles from './demo.module.css'

type Fault = Schemas['Fault']
const named = ['slow-search', 'order-errors', 'silent-stock'] as const
type Named = (typeof named)[number]
const isNamed = (name: string): name is Named => named.some((each) => each === name)

export function DemoStrip() {
  const { t } = useTranslation('demo')
  const { t: common } = useTranslation()
  const phone = useMediaQuery('(max-width: 719px)', false, { getInitialValueInEffect: false })
  const [closed, setClosed] = useSessionStorage({
    key: 'magpie.demoStrip',
    defaultValue: false,
    getInitialValueInEffect: false,
  })
  const { data } = useApi('/api/v1/demo/faults')
  const faults = data?.faults ?? []
  if (faults.length === 0 || closed) return null
  const on = faults.filter((fault) => fault.on).length
  return (
    <section className={styles.strip} aria-label={t('demo')}>
      <IconBuildingStore size={16} aria-hidden />
      <span className={styles.what}>{phone ? t('demo') : t('what')}</span>
      {phone ? (
        <Popover position="bottom-start" width={300} trapFocus>
          <Popover.Target>
            <button type="button" className={styles.fault} data-on={on > 0}>
              <IconBolt size={14} aria-hidden />
              {on > 0 ? t('faultsOn', { count: on }) : t('break')}
            </button>
          </Popover.Target>
          <Popover.Dropdown className={styles.list}>
            {faults.map((fault) => (
              <FaultSwitch key={fault.name} fault={fault} />
            ))}
          </Popover.Dropdown>
        </Popover>
      ) : (
        <>
          <span className={styles.break}>{t('break')}</span>
          {faults.map((fault) => (
            <FaultSwitch key={fault.name} fault={fault} />
          ))}
          <span className={styles.next} role="status">
            {on > 0 ? t('next') : ''}
          </span>
        </>
      )}
      <CloseButton className={styles.close} size="sm" aria-label={common('close')} onClick={() => setClosed(true)} />
    </section>
  )
}

function FaultSwitch({ fault }: { fault: Fault }) {
  const may = useMay()
  const { t } = useTranslation('demo')
  const invalidate = useInvalidate()
  // At once, not when the mutation tells that it is under way: the switch would jump back for a moment.
  const [wanted, setWanted] = useState<boolean | null>(null)
  const flip = useMutation({
    mutationFn: (on: boolean) =>
      answer(
        'PUT fault',
        client.PUT('/api/v1/demo/faults/{name}', { params: { path: { name: fault.name } }, body: { on } }),
      ),
    onSuccess: () => invalidate('/api/v1/demo/faults'),
    onSettled: () => setWanted(null),
  })
  const on = wanted ?? fault.on
  const title = isNamed(fault.name) ? t(`faults.${fault.name}`) : fault.name
  const told = isNamed(fault.name) ? t(`does.${fault.name}`) : fault.description
  return (
    <Switch
      size="xs"
      className={styles.fault}
      classNames={{ label: styles.name, track: styles.track }}
      color="var(--firing)"
      data-on={on}
      label={title}
      title={told}
      checked={on}
      error={flip.error ? t('failed') : undefined}
      onChange={({ currentTarget }) => {
        setWanted(currentTarget.checked)
        flip.mutate(currentTarget.checked)
      }}
      {...may('operator')}
    />
  )
}
