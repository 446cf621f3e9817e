/** A flow that is not there yet: an example to begin with, checked while it is typed, kept as a draft or published. */
import { Button, TextInput } from '@mantine/core'
import { useMediaQuery } from '@mantine/hooks'
import { useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useMay } from '~/access/session'
import { Empty, ErrorPanel } from '~/parts/Messages'
import { PageLayout } from '~/parts/PageLayout'
import styles from './flows.module.css'
import { SourcePane } from './SourcePane'
import { useFlowActions } from './useFlowActions'
import { useValidation } from './useValidation'

const example = `document:
  dsl: '1.0.0'
  namespace: shop
  name: my-flow
  version: '0.1.0'
  title: What it does, in one line
do:
  - greet:
      set:
        greeting: \${ "Hello, " + (.name // "world") }
`

export function NewFlow({ onClose }: { onClose: () => void }) {
  const may = useMay()
  const { t } = useTranslation(['flows', 'common'])
  const navigate = useNavigate()
  const phone = useMediaQuery('(max-width: 719px)', false, { getInitialValueInEffect: false })
  const [source, setSource] = useState(example)
  const [comment, setComment] = useState('')
  const { save } = useFlowActions()
  const { validation, current } = useValidation(source)
  const why = !current ? t('stillChecking') : validation?.valid ? undefined : t('notValid')
  const keep = (publish: boolean) =>
    save.mutate(
      { flow: null, source, comment: comment.trim() || undefined, publish },
      { onSuccess: ({ flow }) => void navigate({ to: '/flows/$flow', params: { flow } }) },
    )
  if (phone)
    return <Empty title={t('wider')} hint={t('widerNew')} action={<Button onClick={onClose}>{t('back')}</Button>} />
  return (
    <PageLayout
      filterBar={
        <>
          <strong className={styles.newName}>{t('newFlow')}</strong>
          <TextInput
            className={styles.comment}
            aria-label={t('comment')}
            placeholder={t('comment')}
            value={comment}
            onChange={({ currentTarget }) => setComment(currentTarget.value)}
          />
          <Button onClick={onClose}>{t('cancel', { ns: 'common' })}</Button>
          <Button loading={save.isPending} onClick={() => keep(false)} {...may('admin')}>
            {t('saveDraft')}
          </Button>
          <Button
            variant="filled"
            loading={save.isPending}
            disabled={why !== undefined}
            title={why}
            onClick={() => keep(true)}
            {...may('admin')}
          >
            {t('publish')}
          </Button>
        </>
      }
    >
      {save.error && <ErrorPanel error={save.error} />}
      <SourcePane source={source} onChange={setSource} validation={validation} />
    </PageLayout>
  )
}
