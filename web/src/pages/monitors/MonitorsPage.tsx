/** What is watched: each monitor with its dimensions and thresholds. */
import { Link } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { useApi } from '~/api/useApi'
import { SeverityBadge } from '~/parts/Badges'
import { useColumnName } from '~/parts/Filters'
import { Empty } from '~/parts/Messages'
import { PageLayout } from '~/parts/PageLayout'
import { Panel } from '~/parts/Panel'

export function MonitorsPage() {
  const { t } = useTranslation('monitors')
  const columnName = useColumnName()
  const reading = useApi('/api/v1/monitors')
  return (
    <PageLayout>
      <Panel
        reading={reading}
        isEmpty={({ monitors }) => monitors.length === 0}
        empty={<Empty title={t('empty')} hint={t('emptyHint')} />}
      >
        {({ monitors }) => (
          <table className="data">
            <thead>
              <tr>
                <th>{t('name')}</th>
                <th>{t('by')}</th>
                <th>{t('fields')}</th>
                <th>{t('thresholds')}</th>
              </tr>
            </thead>
            <tbody>
              {monitors.map((monitor) => (
                <tr key={monitor.name}>
                  <td>
                    <Link to="/map" search={{ monitor: monitor.name }}>
                      {monitor.name}
                    </Link>
                  </td>
                  <td>{monitor.by.map(columnName).join(' · ')}</td>
                  <td className="raw">{monitor.fields.join(' ')}</td>
                  <td>
                    {monitor.thresholds.map((threshold) => (
                      <div key={threshold.id}>
                        {threshold.title} <SeverityBadge severity={threshold.severity} />
                      </div>
                    ))}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        )}
      </Panel>
    </PageLayout>
  )
}
