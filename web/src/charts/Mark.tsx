/** The sign of a series before its name: a dot, a square, or a piece of its line; dashed where the line is. */
interface MarkProps {
  color?: string
  dash?: readonly number[]
  form: 'dot' | 'line' | 'square'
}

export function Mark({ color = 'transparent', dash = [], form }: MarkProps) {
  if (form === 'line' || dash.length > 0) {
    return (
      <svg width={form === 'line' ? 10 : 16} height={10} aria-hidden style={{ flex: 'none' }}>
        <line
          x1={0}
          x2={16}
          y1={5}
          y2={5}
          stroke={color}
          strokeWidth={form === 'line' ? 2 : 3}
          strokeDasharray={dash.length > 0 ? dash.map((each) => each / 2).join(' ') : undefined}
        />
      </svg>
    )
  }
  return (
    <svg width={10} height={10} aria-hidden style={{ flex: 'none' }}>
      {form === 'dot' ? (
        <circle cx={5} cy={5} r={3.5} fill={color} />
      ) : (
        <rect width={10} height={10} rx={2.5} fill={color} />
      )}
    </svg>
  )
}
