/** A word-sized chart in plain SVG: line, soft area, last point, threshold dashed. Gaps stay gaps. */
import { useTokens } from '~/theme/useTokens'

interface SparklineProps {
  values: readonly (number | null)[]
  threshold?: number | null
  /** In words, for those who do not see it. */
  label: string
  width?: number
  height?: number
  /** The last point is red. */
  exceeded?: boolean
}

/** SVG paths of a line, of the area under it, and of points that stand alone, with gaps where there is no value. */
export function sparkPaths(values: readonly (number | null)[], width: number, height: number, top: number) {
  const x = (at: number) => (values.length < 2 ? width / 2 : (at / (values.length - 1)) * width)
  const y = (value: number) => height - (top === 0 ? 0 : Math.max(0, value) / top) * height
  let line = ''
  let area = ''
  let alone = ''
  let begin: number | null = null
  for (const [at, value] of [...values, null].entries()) {
    if (value !== null) {
      const point = `${x(at).toFixed(1)},${y(value).toFixed(1)}`
      line += `${begin === null ? 'M' : 'L'}${point}`
      area += begin === null ? `M${x(at).toFixed(1)},${height}L${point}` : `L${point}`
      begin ??= at
    } else if (begin !== null) {
      area += `L${x(at - 1).toFixed(1)},${height}Z`
      if (begin === at - 1) alone += `M${x(begin).toFixed(1)},${y(values[begin] ?? 0).toFixed(1)}h0`
      begin = null
    }
  }
  return { line, area, alone, y }
}

export function Sparkline({ values, threshold, label, width = 104, height = 24, exceeded = false }: SparklineProps) {
  const colors = useTokens()
  const present = values.filter((value) => value !== null)
  const top = Math.max(...present, threshold ?? 0, 0) * 1.08
  const { line, area, alone, y } = sparkPaths(values, width, height, top)
  const last = values.at(-1) ?? null
  return (
    <svg
      width={width + 6}
      height={height + 4}
      viewBox={`-2 -2 ${width + 6} ${height + 4}`}
      role="img"
      aria-label={label}
    >
      <path d={area} fill={colors.sunken} />
      <path d={line} fill="none" stroke={colors.text2} strokeWidth={1.25} strokeLinejoin="round" />
      <path d={alone} fill="none" stroke={colors.text2} strokeWidth={3} strokeLinecap="round" />
      {threshold !== null && threshold !== undefined && (
        <line
          x1={0}
          x2={width}
          y1={y(threshold)}
          y2={y(threshold)}
          stroke={colors.firing}
          strokeWidth={1.25}
          strokeDasharray="3 3"
        />
      )}
      {last !== null && <circle cx={width} cy={y(last)} r={2.5} fill={exceeded ? colors.firing : colors.text2} />}
    </svg>
  )
}
