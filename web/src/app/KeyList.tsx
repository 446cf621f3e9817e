/** The list behind `?`. */
import { Modal } from '@mantine/core'
import { Fragment } from 'react'
import { useTranslation } from 'react-i18next'
import { pages } from './pages'
import styles from './shell.module.css'

type Entry = readonly [
  text:
    | 'search'
    | 'list'
    | 'range'
    | 'earlier'
    | 'later'
    | 'refresh'
    | 'live'
    | 'rows'
    | 'openRow'
    | 'close'
    | 'find'
    | 'tree'
    | 'free'
    | 'zoom',
  keys: readonly string[],
]

const groups: readonly { title: 'anywhere' | 'lists' | 'onMap'; entries: readonly Entry[] }[] = [
  {
    title: 'anywhere',
    entries: [
      ['search', ['/']],
      ['list', ['?']],
      ['range', ['t']],
      ['earlier', ['[']],
      ['later', [']']],
      ['refresh', ['R']],
      ['live', ['L']],
    ],
  },
  {
    title: 'lists',
    entries: [
      ['rows', ['j', 'k', '↓', '↑']],
      ['openRow', ['Enter']],
      ['close', ['Esc']],
    ],
  },
  {
    title: 'onMap',
    entries: [
      ['find', ['f']],
      ['tree', ['1']],
      ['free', ['2']],
      ['zoom', ['+', '−', '0']],
    ],
  },
]

export function KeyList({ opened, onClose }: { opened: boolean; onClose: () => void }) {
  const { t } = useTranslation('shell')
  return (
    <Modal
      opened={opened}
      onClose={onClose}
      title={t('keys.title')}
      size={680}
      closeButtonProps={{ 'aria-label': t('keys.close') }}
    >
      <div className={styles.keyColumns}>
        <dl className={styles.keys}>
          {pages.map((page) => (
            <Fragment key={page.name}>
              <dt>
                {t('keys.go')} {t(`page.${page.name}`)}
              </dt>
              <dd>
                <kbd className={styles.key}>g</kbd>
                {t('keys.then')}
                <kbd className={styles.key}>{page.key}</kbd>
              </dd>
            </Fragment>
          ))}
        </dl>
        <div>
          {groups.map((group) => (
            <section key={group.title}>
              <h3 className={styles.keysTitle}>{t(`keys.${group.title}`)}</h3>
              <dl className={styles.keys}>
                {group.entries.map(([text, keys]) => (
                  <Fragment key={text}>
                    <dt>{t(`keys.${text}`)}</dt>
                    <dd>
                      {keys.map((key) => (
                        <kbd key={key} className={styles.key}>
                          {key}
                        </kbd>
                      ))}
                    </dd>
                  </Fragment>
                ))}
              </dl>
            </section>
          ))}
        </div>
      </div>
    </Modal>
  )
}
