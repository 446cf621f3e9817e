/** The texts over a chart, as laid out by `overlay.ts`; names and alerts are buttons where something follows from them. */
import { useTranslation } from 'react-i18next'
import styles from './charts.module.css'
import { useCursor } from './cursor'
import { type Frame, nearestBucket } from './frame'
import { Mark } from './Mark'
import type { Series } from './model'
import type { AlertLabel, EndLabel, Overlay } from './overlay'

interface OverlaysProps {
  id: string
  overlay: Overlay
  frame: Frame
  series: readonly Series[]
  value: (value: number | null) => string
  onSeries?: (key: string) => void
  onAlert?: (id: string) => void
}

export function Overlays({ id, overlay, frame, series, value, onSeries, onAlert }: OverlaysProps) {
  return (
    <>
      {overlay.hatches.map(({ label, x, y }) => (
        <span key={`${label} ${x}`} className={styles.hatchLabel} style={{ left: x, top: y }}>
          {label}
        </span>
      ))}
      {overlay.limits.map(({ label, x, y, beyond }) => (
        <span key={label} className={styles.limitLabel} style={{ left: x, top: y }}>
          {beyond ? `${label} ↑` : label}
        </span>
      ))}
      {overlay.alerts.map((alert) => (
        <AlertSign key={alert.ids[0]} alert={alert} onAlert={onAlert} />
      ))}
      <Ends id={id} overlay={overlay} frame={frame} series={series} value={value} onSeries={onSeries} />
    </>
  )
}

function AlertSign({ alert, onAlert }: { alert: AlertLabel; onAlert?: (id: string) => void }) {
  const { label, x, y, text, ids } = alert
  const more = ids.length > 1 ? ` +${ids.length - 1}` : ''
  const sign = (
    <svg width={12} height={9} aria-hidden>
      <path d="M0,0H12L6,9Z" fill="currentColor" />
    </svg>
  )
  const place = { left: x, top: y }
  const body = (
    <>
      {sign}
      {text && <span data-side={text}>{label + more}</span>}
    </>
  )
  return onAlert ? (
    <button
      type="button"
      className={styles.alert}
      style={place}
      aria-label={label + more}
      title={label + more}
      onClick={() => onAlert(ids[0] ?? '')}
    >
      {body}
    </button>
  ) : (
    <span className={styles.alert} style={place} title={label + more}>
      {body}
    </span>
  )
}

type EndsProps = Omit<OverlaysProps, 'onAlert'>

/** Names at line ends; while another chart has the cursor, with the value under it. */
function Ends({ id, overlay, frame, series, value, onSeries }: EndsProps) {
  const { t } = useTranslation('charts')
  const cursor = useCursor()
  const follows = cursor !== null && cursor.owner !== id && cursor.at >= frame.from && cursor.at < frame.to
  const index = follows ? nearestBucket(frame, cursor.at) : null
  const last = overlay.ends.at(-1)
  return (
    <>
      {overlay.ends.map((end) => (
        <EndName
          key={end.key}
          end={end}
          strong={cursor?.owner === id && cursor.near === end.key}
          value={index === null ? null : value(series.find(({ key }) => key === end.key)?.values[index] ?? null)}
          onSeries={onSeries}
        />
      ))}
      {overlay.hiddenEnds > 0 && last && (
        <span className={styles.endMore} style={{ left: last.x, top: last.y + 22 }}>
          {t('more', { n: overlay.hiddenEnds })}
        </span>
      )}
    </>
  )
}

interface EndNameProps {
  end: EndLabel
  strong: boolean
  value: string | null
  onSeries?: (key: string) => void
}

function EndName({ end, strong, value, onSeries }: EndNameProps) {
  const { t } = useTranslation('charts')
  const body = (
    <>
      <Mark color={end.color} dash={end.dash} form="dot" />
      <span className="cut">{end.name}</span>
      {value !== null && <span className={styles.endValue}>{value}</span>}
    </>
  )
  const common = { className: styles.end, style: { left: end.x, top: end.y }, title: end.name, 'data-strong': strong }
  return onSeries ? (
    <button type="button" {...common} aria-label={t('filterBy', { name: end.name })} onClick={() => onSeries(end.key)}>
      {body}
    </button>
  ) : (
    <span {...common}>{body}</span>
  )
}
