/** What stands over a chart: its kind, stacked or not, the ways to map and records with the filters kept, and files. */
import { Button, SegmentedControl, Tooltip } from '@mantine/core'
import { IconList, IconSitemap } from '@tabler/icons-react'
import { Link } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { useFormat } from '~/format/useFormat'
import { type ExportKind, ExportMenu } from '~/parts/ExportMenu'
import styles from './explore.module.css'
import { writeFilters } from './filters'
import { useWords } from './names'
import { addsUp, keepsSketch, type Question } from './question'
import { type ChartSearch, type Layers, layers, type View, views } from './search'

interface ViewChoiceProps {
  question: Question
  set: (part: Partial<ChartSearch>) => void
}

export function ViewChoice({ question, set }: ViewChoiceProps) {
  const { t } = useTranslation('explore')
  const words = useWords()
  const { field, aggregate, view, x } = question
  const data = views
    .filter((each) => each !== 'heat' || x === null)
    .map((value) => ({ value, label: t(`view.${value}`), disabled: value === 'heat' && !keepsSketch(field) }))
  const several = question.split.length > 0 && (view === 'area' || view === 'bar')
  const stackable = addsUp(aggregate)
  return (
    <>
      {several && (
        <Tooltip label={t('noStack')} disabled={stackable}>
          <SegmentedControl
            size="xs"
            withItemsBorders={false}
            aria-label={t('layers.label')}
            data={layers.map((value) => ({
              value,
              label: t(`layers.${value}`),
              disabled: value === 'stacked' && !stackable,
            }))}
            value={question.layers}
            onChange={(value) => set({ layers: value as Layers })}
          />
        </Tooltip>
      )}
      <Tooltip label={t('noHeat', { field: words.field(field.name) })} disabled={keepsSketch(field) || x !== null}>
        <SegmentedControl
          size="xs"
          withItemsBorders={false}
          aria-label={t('view.label')}
          data={data}
          value={view}
          onChange={(value) => set({ view: value as View })}
        />
      </Tooltip>
    </>
  )
}

interface WaysProps {
  question: Question
  /** Calls behind the chart. */
  calls: number | null
}

/** Map and records of the same monitor, range and filters. */
export function Ways({ question, calls }: WaysProps) {
  const { t } = useTranslation('explore')
  const format = useFormat()
  const line = writeFilters(question.filters)
  const { monitor } = question.subject
  const by = [...(question.x ?? []), ...question.split]
  const sides = ['source_module', 'target_module']
  const graph = monitor ? { monitor: monitor.name } : { by: [...new Set([...sides, ...by])].join(',') }
  return (
    <>
      <Button
        classNames={{ label: styles.wayName, section: styles.waySign }}
        leftSection={<IconSitemap size={15} aria-hidden />}
        renderRoot={(props) => (
          <Link to="/map" search={{ ...graph, find: line, ...(line ? { hide: true } : {}) }} {...props} />
        )}
      >
        {t('toMap')}
      </Button>
      <Button
        classNames={{ label: styles.wayName, section: styles.waySign }}
        leftSection={<IconList size={15} aria-hidden />}
        renderRoot={(props) => <Link to="/records" search={{ q: recordsLine(question) }} {...props} />}
      >
        {calls === null ? t('toRecordsPlain') : t('toRecords', { count: calls, amount: format.count(calls) })}
      </Button>
    </>
  )
}

/** The filters and the monitor's own limits: the records that the chart was made of. */
export function recordsLine({ subject, filters }: Pick<Question, 'subject' | 'filters'>): string | undefined {
  const own = subject.monitor?.where ?? {}
  return writeFilters({ ...own, ...filters })
}

interface FilesProps {
  csv: () => void
  png: () => void | Promise<void>
}

export function Files({ csv, png }: FilesProps) {
  const kinds: { kind: ExportKind; save: () => void | Promise<void> }[] = [
    { kind: 'csv', save: csv },
    { kind: 'png', save: png },
  ]
  return (
    <span className={styles.files}>
      <ExportMenu kinds={kinds} />
    </span>
  )
}
