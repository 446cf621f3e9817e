/** The flow as a picture: tasks from top to bottom, boxes around what is inside, ways named by their conditions. */
import { useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import type { Diagram } from '~/api/runs'
import styles from './flows.module.css'
import { kindIcon } from './kinds'
import { type Box, layoutOf } from './layout'

interface FlowDiagramProps {
  diagram: Diagram
  /** A task was chosen: its pointer. */
  onTask?: (pointer: string) => void
}

const margin = 16

export function FlowDiagram({ diagram, onTask }: FlowDiagramProps) {
  const { t } = useTranslation('flows')
  const { left, width, height, boxes, lines } = useMemo(() => layoutOf(diagram), [diagram])
  return (
    <section className={styles.diagram} aria-label={t('diagram')}>
      <div className={styles.sheet} style={{ width: width + margin * 2, height: height + margin * 2 }}>
        <svg width={width + margin * 2} height={height + margin * 2} aria-hidden>
          <defs>
            <marker id="tip" viewBox="0 0 8 8" refX={7} refY={4} markerWidth={7} markerHeight={7} orient="auto">
              <path d="M0,0.5L7.5,4L0,7.5Z" fill="var(--edge)" />
            </marker>
          </defs>
          <g transform={`translate(${margin - left},${margin})`}>
            {lines.map((line) => (
              <path key={line.key} d={line.path} className={styles.way} data-back={line.back} markerEnd="url(#tip)" />
            ))}
          </g>
        </svg>
        {boxes.map((box) => (
          <Task key={box.id} box={box} left={left} onTask={onTask} />
        ))}
        {lines
          .filter(({ label }) => label !== null)
          .map((line) => (
            <span
              key={line.key}
              className={`cut ${styles.wayLabel}`}
              style={{ left: line.x + margin - left, top: line.y + margin }}
              title={line.label ?? ''}
            >
              {line.label}
            </span>
          ))}
      </div>
    </section>
  )
}

interface TaskProps {
  box: Box
  /** Where the drawing begins. */
  left: number
  onTask?: (pointer: string) => void
}

function Task({ box, left, onTask }: TaskProps) {
  const { t } = useTranslation('flows')
  const style = { left: box.x + margin - left, top: box.y + margin, width: box.width, height: box.height }
  const Icon = kindIcon(box.kind)
  if (box.id === 'start' || box.id === 'end') {
    return (
      <span className={styles.end} style={style}>
        {t(`ends.${box.id}`)}
      </span>
    )
  }
  return (
    <button
      type="button"
      className={styles.task}
      data-holds={box.holds || undefined}
      style={style}
      title={`${box.kind}: ${box.name}`}
      onClick={() => onTask?.(box.id)}
    >
      <Icon size={15} stroke={1.6} aria-hidden />
      <span className="cut">{box.name}</span>
      <span className="secondary">{box.kind}</span>
    </button>
  )
}
