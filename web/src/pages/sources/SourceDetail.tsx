/** One source: how it stands, the lines it does not understand, grouped by reason, and the workbench for its parser. */
import { Button, CopyButton, Modal } from '@mantine/core'
import { IconArrowLeft, IconFileCode, IconFlask } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { type ReactNode, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { answer, client } from '~/api/client'
import { useFormat } from '~/format/useFormat'
import { download } from '~/parts/ExportMenu'
import { ErrorPanel } from '~/parts/Messages'
import { Skeleton } from '~/parts/Panel'
import { useClock } from '~/time/clock'
import { useReasons } from './reasons'
import { FileCount, FormatName, Lag, type Source, SourceState, Throughput } from './SourceTable'
import styles from './sources.module.css'
import { unparsedShare } from './state'
import { Workbench } from './Workbench'

export function SourceDetail({ source, onBack }: { source: Source; onBack: () => void }) {
  const { t } = useTranslation('sources')
  const [yaml, setYaml] = useState(false)
  const [sample, setSample] = useState<{ text: string; turn: number } | null>(null)
  const bench = useRef<HTMLElement>(null)
  const trySample = (lines: readonly string[]) => {
    setSample((before) => ({ text: lines.join('\n'), turn: (before?.turn ?? 0) + 1 }))
    bench.current?.scrollIntoView({ block: 'start' })
  }
  return (
    <article aria-label={source.name}>
      <header className={styles.detailHead}>
        <Button variant="subtle" leftSection={<IconArrowLeft size={14} aria-hidden />} onClick={onBack}>
          {t('all')}
        </Button>
        <h2>{source.name}</h2>
        <SourceState source={source} />
        <div className={styles.headAction}>
          <Button leftSection={<IconFileCode size={14} aria-hidden />} onClick={() => setYaml(true)}>
            YAML
          </Button>
          <Link to="/records" search={{ q: `input:${JSON.stringify(source.name)}` }} className={styles.toRecords}>
            {t('toRecords')}
          </Link>
        </div>
      </header>
      <Facts source={source} />
      <Unparsed source={source} onTry={trySample} />
      <Workbench key={sample?.turn ?? 0} ref={bench} source={source} lines={sample?.text ?? null} />
      <Modal
        opened={yaml}
        onClose={() => setYaml(false)}
        title={t('yamlTitle', { name: source.name })}
        size={640}
        closeButtonProps={{ 'aria-label': t('close', { ns: 'common' }) }}
      >
        {yaml && <Yaml name={source.name} />}
      </Modal>
    </article>
  )
}

/** What came to the ports of a source and was not taken: refused, so that the sender knows, or lost. */
function Refused({ received }: { received: NonNullable<Source['received']> }) {
  const { t } = useTranslation(['sources', 'common'])
  const format = useFormat()
  const told = useReasons()
  const comma = t('listComma', { ns: 'common' })
  const refused = received.refused.reduce((sum, of) => sum + of.count, 0)
  const lost = received.dropped + (received.dropped_by_kernel ?? 0) + received.gaps
  const reasons = received.refused.map((of) => `${told.refused(of.reason)}: ${format.count(of.count)}`).join(comma)
  return (
    <Fact name={t('refused')}>
      <span data-bad={refused > 0} title={reasons}>
        {format.count(refused)}
      </span>
      <small data-bad={lost > 0}>{t('lost', { some: format.count(lost) })}</small>
    </Fact>
  )
}

function Facts({ source }: { source: Source }) {
  const { t } = useTranslation('sources')
  const format = useFormat()
  const { now } = useClock()
  const share = unparsedShare(source)
  return (
    <dl className={styles.facts}>
      <Fact name={t('rate')}>
        {format.rate(source.lines_per_second, 'line')}
        <Throughput source={source} />
      </Fact>
      <Fact name={t('lag')}>
        <Lag source={source} />
      </Fact>
      <Fact name={t('unparsed')}>
        <span data-bad={source.unparsed_total > 0}>{format.share(share)}</span>
        <small>
          {t('unparsedOf', {
            some: format.count(source.unparsed_total),
            all: format.count(source.parsed + source.unparsed_total),
          })}
        </small>
      </Fact>
      {source.received !== null && <Refused received={source.received} />}
      <Fact name={t('format')}>
        <FormatName source={source} />
      </Fact>
      <Fact name={t('hosts')}>
        {format.count(source.hosts.length)}
        <small className="cut" title={source.hosts.join(', ')}>
          {source.hosts.slice(0, 3).join(', ')}
        </small>
      </Fact>
      <Fact name={t('last')}>
        {format.near(source.last_record, now)}
        <FileCount source={source} />
      </Fact>
    </dl>
  )
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  )
}

interface UnparsedProps {
  source: Source
  onTry: (lines: readonly string[]) => void
}

function Unparsed({ source, onTry }: UnparsedProps) {
  const { t } = useTranslation('sources')
  const format = useFormat()
  const told = useReasons()
  const reasons = source.unparsed.toSorted((a, b) => b.count - a.count)
  return (
    <section className={styles.section} aria-label={t('unparsedTitle')}>
      <h3>{t('unparsedTitle')}</h3>
      {reasons.length === 0 ? (
        <p className={styles.note}>{t('allUnderstood')}</p>
      ) : (
        <ul className={styles.reasons}>
          {reasons.map(({ reason, count, samples }) => (
            <li key={reason}>
              <header>
                <b>{told.unparsed(reason)}</b>
                <span className="secondary">{t('lines', { count, n: format.count(count) })}</span>
                <Button size="xs" leftSection={<IconFlask size={14} aria-hidden />} onClick={() => onTry(samples)}>
                  {t('trySamples')}
                </Button>
              </header>
              {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard */}
              <pre className={styles.samples} tabIndex={0}>
                {samples.join('\n')}
              </pre>
            </li>
          ))}
        </ul>
      )}
    </section>
  )
}

/** The source as it is in force, to be pasted into the configuration file. */
function Yaml({ name }: { name: string }) {
  const { t } = useTranslation('sources')
  const { data, error, refetch } = useQuery({
    queryKey: ['/api/v1/sources/{name}/yaml', name],
    queryFn: () =>
      answer(
        'GET /api/v1/sources/{name}/yaml',
        client.GET('/api/v1/sources/{name}/yaml', { params: { path: { name } }, parseAs: 'text' }),
      ) as Promise<string>,
    staleTime: 0,
  })
  if (error) return <ErrorPanel error={error} onRetry={() => void refetch()} />
  if (data === undefined) return <Skeleton />
  return (
    <>
      <p className={styles.note}>{t('yamlHint')}</p>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard */}
      <pre className={styles.samples} tabIndex={0}>
        {data}
      </pre>
      <div className={styles.buttons}>
        <CopyButton value={data}>
          {({ copied, copy }) => (
            <Button variant="filled" onClick={copy}>
              {copied ? t('copied', { ns: 'common' }) : t('copy', { ns: 'common' })}
            </Button>
          )}
        </CopyButton>
        <Button onClick={() => download(`${name}.yaml`, data, 'text/yaml')}>{t('save', { ns: 'sources' })}</Button>
      </div>
    </>
  )
}
