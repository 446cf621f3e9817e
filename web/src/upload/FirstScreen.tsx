/**
 * What is seen while nothing has been read yet: three ways on, the nearest first. Drop a log file here, paste this into
 * the configuration, or look at the demo.
 */
import { Button, CopyButton } from '@mantine/core'
import { IconFileUpload, IconPlayerPlay, IconSettings } from '@tabler/icons-react'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { useMay } from '~/access/session'
import { DropTarget, useFileChoice } from './DropTarget'
import styles from './upload.module.css'

const config = `sources:
  - name: web
    file: /var/log/nginx/access.log
  - name: app
    file: /var/log/app/*.log
monitors:
  - name: calls
    by: [source, target_module, service]
`

export default function FirstScreen() {
  const { t } = useTranslation('first')
  const may = useMay()
  const { input, choose } = useFileChoice()
  return (
    <div className={styles.first}>
      <DropTarget />
      <h2>{t('title')}</h2>
      <p className={styles.lead}>{t('lead')}</p>
      <div className={styles.zone}>
        <IconFileUpload size={40} stroke={1.3} aria-hidden />
        <strong>{t('dropHere')}</strong>
        <p>{t('dropHint')}</p>
        {input}
        <Button variant="filled" onClick={choose} {...may('admin')}>
          {t('choose')}
        </Button>
      </div>
      <div className={styles.ways}>
        <Way icon={<IconSettings size={20} stroke={1.6} aria-hidden />} title={t('config')} hint={t('configHint')}>
          <Snippet text={config} />
          <Snippet text="magpie serve -c magpie.yaml" />
        </Way>
        <Way icon={<IconPlayerPlay size={20} stroke={1.6} aria-hidden />} title={t('demo')} hint={t('demoHint')}>
          <Snippet text="magpie demo" />
        </Way>
      </div>
    </div>
  )
}

function Way({ icon, title, hint, children }: { icon: ReactNode; title: string; hint: string; children: ReactNode }) {
  return (
    <section>
      <h3>
        {icon}
        {title}
      </h3>
      <p>{hint}</p>
      {children}
    </section>
  )
}

function Snippet({ text }: { text: string }) {
  const { t } = useTranslation()
  return (
    <div className={styles.snippet}>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard */}
      <pre tabIndex={0}>{text.trimEnd()}</pre>
      <CopyButton value={text}>
        {({ copied, copy }) => (
          <Button size="xs" onClick={copy}>
            {copied ? t('copied') : t('copy')}
          </Button>
        )}
      </CopyButton>
    </div>
  )
}
