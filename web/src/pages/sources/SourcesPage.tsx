/** The inputs: do all logs arrive, and are they understood? */
import { useTranslation } from 'react-i18next'
import { useApi } from '~/api/useApi'
import { useFormat } from '~/format/useFormat'
import { StateBadge } from '~/parts/Badges'
import { Empty } from '~/parts/Messages'
import { PageLayout } from '~/parts/PageLayout'
import { Panel } from '~/parts/Panel'

export function SourcesPage() {
  const { t } = useTranslation('sources')
  const format = useFormat()
  const reading = useApi('/api/v1/sources')
  return (
    <PageLayout>
      <Panel
        reading={reading}
        isEmpty={({ sources }) => sources.length === 0}
        empty={<Empty title={t('empty')} hint={t('emptyHint')} />}
      >
        {({ sources }) => (
          <table className="data">
            <thead>
              <tr>
                <th>{t('name')}</th>
                <th>{t('format')}</th>
                <th className="number">{t('files')}</th>
                <th className="number">{t('rate')}</th>
                <th className="number">{t('lag')}</th>
                <th className="number">{t('parsed')}</th>
                <th className="number">{t('unparsed')}</th>
                <th className="number">{t('last')}</th>
              </tr>
            </thead>
            <tbody>
              {sources.map((source) => {
                const unparsed = source.unparsed.reduce((sum, { count }) => sum + count, 0)
                const all = source.parsed + unparsed
                return (
                  <tr key={source.name}>
                    <td>
                      {source.name}{' '}
                      {source.error && <StateBadge state="firing" label={t('failing', { cause: source.error })} />}
                    </td>
                    <td className="raw">{source.format ?? '–'}</td>
                    <td className="number">{format.count(source.files)}</td>
                    <td className="number">{t('perSecond', { size: format.bytes(source.bytes_per_second) })}</td>
                    <td className="number">{format.bytes(source.lag_bytes)}</td>
                    <td className="number">{format.count(source.parsed)}</td>
                    <td className="number">{format.share(all === 0 ? null : unparsed / all)}</td>
                    <td className="number">{format.seconds(source.last_record)}</td>
                  </tr>
                )
              })}
            </tbody>
          </table>
        )}
      </Panel>
    </PageLayout>
  )
}
