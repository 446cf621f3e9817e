/** An address that is no page. */
import { Button } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { Empty } from '~/parts/Messages'
import { PageLayout } from '~/parts/PageLayout'

export function NotFound() {
  const { t } = useTranslation('shell')
  return (
    <PageLayout>
      <Empty
        title={t('notFound.title')}
        action={
          <Button component={Link} to="/map">
            {t('notFound.action')}
          </Button>
        }
      />
    </PageLayout>
  )
}
