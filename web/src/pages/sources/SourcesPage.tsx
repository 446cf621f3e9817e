/** The inputs: do all logs arrive, and are they understood? A row opens its source with samples and the workbench. */
import { Button } from '@mantine/core'
import { IconUpload } from '@tabler/icons-react'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { useMay } from '~/access/session'
import { useApi } from '~/api/useApi'
import { Empty } from '~/parts/Messages'
import { PageLayout } from '~/parts/PageLayout'
import { Panel } from '~/parts/Panel'
import { DropTarget, useFileChoice } from '~/upload/DropTarget'
import { SourceDetail } from './SourceDetail'
import { SourceTable } from './SourceTable'
import styles from './sources.module.css'

export function SourcesPage() {
  const { t } = useTranslation('sources')
  const { source: name } = useSearch({ from: '/sources' })
  const navigate = useNavigate({ from: '/sources' })
  const reading = useApi('/api/v1/sources')
  const open = (source: string | undefined) => void navigate({ search: (before) => ({ ...before, source }) })
  return (
    <PageLayout>
      <DropTarget />
      <Panel
        reading={reading}
        className={styles.page}
        isEmpty={({ sources }) => name === undefined && sources.length === 0}
        empty={<Empty title={t('empty')} hint={t('emptyHint')} action={<HandOver />} />}
      >
        {({ sources }) => {
          const source = sources.find((each) => each.name === name)
          if (name === undefined) return <SourceTable sources={sources} onOpen={open} action={<HandOver />} />
          if (source) return <SourceDetail key={name} source={source} onBack={() => open(undefined)} />
          return (
            <Empty title={t('noSuch', { name })} action={<Button onClick={() => open(undefined)}>{t('all')}</Button>} />
          )
        }}
      </Panel>
    </PageLayout>
  )
}

function HandOver() {
  const { t } = useTranslation('sources')
  const may = useMay()
  const { input, choose } = useFileChoice()
  return (
    <>
      {input}
      <Button leftSection={<IconUpload size={14} aria-hidden />} onClick={choose} {...may('admin')}>
        {t('handOver')}
      </Button>
    </>
  )
}
