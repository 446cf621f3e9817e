/**
 * A dropped file on its way in: first what Magpie makes of its beginning, then sending, then reading, and at the end the
 * way to its records. Nothing is stored before the preview is agreed to.
 */
import { Button, Modal, Progress } from '@mantine/core'
import { IconCircleCheck } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useEffect, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useMay } from '~/access/session'
import { answer, client, type Schemas } from '~/api/client'
import { useFormat } from '~/format/useFormat'
import { ErrorPanel } from '~/parts/Messages'
import { Skeleton } from '~/parts/Panel'
import { refresh } from '~/time/clock'
import { between, writeRange } from '~/time/range'
import { Preview } from './Preview'
import { headOf, send } from './sending'
import styles from './upload.module.css'
import { type Found, useArrival } from './useArrival'

type Parsed = Schemas['Parsed']

interface UploadDialogProps {
  file: File
  /** Files that wait behind this one. */
  more: number
  onDone: () => void
}

type Stage =
  | { name: 'preview' }
  | { name: 'sending'; share: number }
  | { name: 'reading'; file: string; bytes: number }
  | { name: 'failed'; error: Error }

export default function UploadDialog({ file, more, onDone }: UploadDialogProps) {
  const may = useMay()
  const { t } = useTranslation('first')
  const format = useFormat()
  const [stage, setStage] = useState<Stage>({ name: 'preview' })
  const abort = useRef(new AbortController())
  const preview = usePreview(file)
  const found = useArrival(stage.name === 'reading' ? stage.file : null)
  const start = async () => {
    abort.current = new AbortController()
    setStage({ name: 'sending', share: 0 })
    try {
      const sent = await send(file, ({ share }) => setStage({ name: 'sending', share }), abort.current.signal)
      setStage({ name: 'reading', file: sent.file, bytes: sent.bytes })
    } catch (error) {
      if (!abort.current.signal.aborted) setStage({ name: 'failed', error: error as Error })
    }
  }
  const close = () => {
    abort.current.abort()
    onDone()
  }
  return (
    <Modal
      opened
      onClose={close}
      size={860}
      title={
        <span className={styles.title}>
          <b className="cut">{file.name}</b>
          <span className="secondary">{format.bytes(file.size)}</span>
          {more > 0 && <span className="secondary">{t('waiting', { count: more, n: format.count(more) })}</span>}
        </span>
      }
      closeButtonProps={{ 'aria-label': t('close', { ns: 'common' }) }}
    >
      {stage.name === 'preview' && (
        <>
          {preview.error && <ErrorPanel error={preview.error} onRetry={() => void preview.refetch()} />}
          {preview.isPending && <Skeleton />}
          {preview.data && (
            <>
              <Preview parsed={preview.data} />
              <div className={styles.buttons}>
                <Button variant="filled" onClick={() => void start()} {...may('admin')}>
                  {t('ingest')}
                </Button>
                <Button onClick={close}>{t('cancel', { ns: 'common' })}</Button>
              </div>
            </>
          )}
        </>
      )}
      {stage.name === 'sending' && (
        <div className={styles.stage} role="status">
          <p>{t('sending', { share: format.share(stage.share) })}</p>
          <Progress value={stage.share * 100} aria-label={t('sending', { share: format.share(stage.share) })} />
          <Button onClick={close}>{t('cancel', { ns: 'common' })}</Button>
        </div>
      )}
      {stage.name === 'reading' && <Arrived found={found} file={stage.file} parsed={preview.data} onDone={onDone} />}
      {stage.name === 'failed' && <ErrorPanel error={stage.error} onRetry={() => void start()} />}
    </Modal>
  )
}

/** What the server makes of the file's beginning; nothing is stored. */
function usePreview(file: File) {
  return useQuery<Parsed>({
    queryKey: ['preview', file.name, file.size, file.lastModified],
    queryFn: async ({ signal }) => {
      const text = await headOf(file)
      return answer('POST /api/v1/parse', client.POST('/api/v1/parse', { body: { format: 'auto', text }, signal }))
    },
  })
}

interface ArrivedProps {
  found: Found
  file: string
  parsed: Parsed | undefined
  onDone: () => void
}

function Arrived({ found, file, parsed, onDone }: ArrivedProps) {
  const { t } = useTranslation('first')
  const format = useFormat()
  const navigate = useNavigate()
  const first = Math.min(found.newest ?? Number.POSITIVE_INFINITY, ...timesOf(parsed))
  const see = () => {
    onDone()
    refresh()
    const range = between(first - 1000, (found.newest ?? Date.now()) + 1000)
    void navigate({ to: '/records', search: { q: `file:${JSON.stringify(file)}`, ...writeRange(range) } as never })
  }
  useEffect(() => {
    if (found.done) refresh()
  }, [found.done])
  if (!found.done) {
    return (
      <div className={styles.stage} role="status">
        <p>{found.left === null ? t('reading') : t('readingLeft', { left: format.bytes(found.left) })}</p>
        <Progress value={100} animated aria-label={t('reading')} />
        <Button onClick={onDone}>{t('later')}</Button>
      </div>
    )
  }
  return (
    <div className={styles.stage} role="status">
      <p className={styles.good}>
        <IconCircleCheck size={20} aria-hidden /> {found.newest === null ? t('nothingFound') : t('arrived')}
      </p>
      <div className={styles.buttons}>
        {found.newest !== null && (
          <Button variant="filled" onClick={see} data-autofocus>
            {t('see')}
          </Button>
        )}
        <Button onClick={onDone}>{t('close', { ns: 'common' })}</Button>
      </div>
    </div>
  )
}

/** Moments that the lines themselves name. */
const timesOf = (parsed: Parsed | undefined): number[] =>
  (parsed?.events ?? []).flatMap(({ record }) => ('no_time' in record ? [] : [Date.parse(record.time)]))
