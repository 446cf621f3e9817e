/**
 * The graph as a file: the picture itself (SVG, PNG), and what it means for other tools (Graphviz, Mermaid, JSON). All
 * hold what is shown: same edges, same values, same marks.
 */
import type { Tokens } from '~/theme/tokens'
import { CanvasPen, SvgPen } from './draw/pen'
import type { Stage } from './draw/Stage'
import type { MapEdge, MapGraph } from './model/graph'
import { type Label, type LabelChoice, labelOf, type Wording } from './model/labels'
import { unknown } from './model/names'
import type { View } from './model/view'

const margin = 32

export function svgOf(stage: Stage, colors: Tokens): string {
  const pen = new SvgPen()
  stage.draw(pen)
  return pen.write(framed(stage), colors.bg)
}

function framed(stage: Stage) {
  const { x, y, width, height } = stage.scene?.bounds ?? { x: 0, y: 0, width: 1, height: 1 }
  return { x: x - margin, y: y - margin, width: width + margin * 2, height: height + margin * 2 }
}

/** Twice as fine as the screen, within what a canvas can hold. */
export function pngOf(stage: Stage, colors: Tokens): Promise<Blob> {
  const box = framed(stage)
  const scale = Math.min(2, 12_000 / box.width, 12_000 / box.height, Math.sqrt(120_000_000 / (box.width * box.height)))
  const canvas = document.createElement('canvas')
  canvas.width = Math.ceil(box.width * scale)
  canvas.height = Math.ceil(box.height * scale)
  const context = canvas.getContext('2d')
  if (context) {
    context.fillStyle = colors.bg
    context.fillRect(0, 0, canvas.width, canvas.height)
    context.setTransform(scale, 0, 0, scale, -box.x * scale, -box.y * scale)
    stage.draw(new CanvasPen(context))
  }
  return new Promise((resolve, reject) => {
    canvas.toBlob((blob) =>
      blob ? resolve(blob) : reject(new Error('The picture is too large for a PNG; SVG has no such bound.')),
    )
  })
}

const quoted = (text: string) => `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`

const lines = ({ service, lines }: Label): string[] => [
  ...(service ? [service] : []),
  ...lines.map(({ value, text }) => [value, text].filter(Boolean).join(' ')),
]

export function dotOf(view: View, choice: LabelChoice, wording: Wording): string {
  const nodes = view.cards.flatMap((card) => {
    const shape = card.kind === 'module' ? 'box' : 'ellipse'
    const own = `  ${quoted(card.id)} [label=${quoted(card.name)}, shape=${shape}];`
    if (card.rows.length === 0) return [own]
    const rows = card.rows.map((row) => `    ${quoted(row.id)} [label=${quoted(row.name)}, shape=box];`)
    return [`  subgraph ${quoted(`cluster ${card.id}`)} {`, `    label=${quoted(card.name)};`, ...rows, '  }']
  })
  const edges = view.links.map((link) => {
    const [from, to] = [link.source.row ?? link.source.card, link.target.row ?? link.target.card]
    const label = lines(labelOf(link, choice, wording, false))
      .join('\\n')
      .replaceAll('"', '\\"')
    const style = {
      firing: ', style=dashed, color=red, fontcolor=red',
      pending: ', color=orange',
      silenced: ', style=dotted, color=purple',
    }
    return `  ${quoted(from)} -> ${quoted(to)} [label="${label}"${link.tone ? style[link.tone] : ''}];`
  })
  return `digraph magpie {\n  rankdir=LR;\n${[...nodes, ...edges].join('\n')}\n}\n`
}

export function mermaidOf(view: View, choice: LabelChoice, wording: Wording): string {
  const ids = new Map<string, string>()
  const id = (name: string) => {
    const known = ids.get(name) ?? `n${ids.size}`
    ids.set(name, known)
    return known
  }
  const text = (words: string) => `"${words.replaceAll('"', '#quot;')}"`
  const nodes = view.cards.flatMap((card) => {
    if (card.rows.length === 0)
      return [`  ${id(card.id)}${card.kind === 'module' ? `[${text(card.name)}]` : `([${text(card.name)}])`}`]
    return [
      `  subgraph ${id(card.id)}[${text(card.name)}]`,
      ...card.rows.map((row) => `    ${id(row.id)}[${text(row.name)}]`),
      '  end',
    ]
  })
  const styles: string[] = []
  const edges = view.links.map((link, at) => {
    const [from, to] = [id(link.source.row ?? link.source.card), id(link.target.row ?? link.target.card)]
    const look = {
      firing: 'stroke:#C4212B,stroke-width:3px,stroke-dasharray:7 5',
      pending: 'stroke:#8F5400,stroke-width:3px',
      silenced: 'stroke:#65588A,stroke-dasharray:2 4',
    }
    if (link.tone) styles.push(`  linkStyle ${at} ${look[link.tone]}`)
    return `  ${from} -->|${text(lines(labelOf(link, choice, wording, false)).join('<br>'))}| ${to}`
  })
  return `flowchart LR\n${[...nodes, ...edges, ...styles].join('\n')}\n`
}

const plainEdge = (edge: MapEdge) => ({
  source: edge.source,
  target: edge.target,
  service: edge.service,
  dimensions: Object.fromEntries(Object.entries(edge.dimensions).filter(([, value]) => value !== unknown)),
  records: edge.records,
  fields: edge.fields,
  state: edge.tone ?? (edge.idle ? 'idle' : 'ok'),
  fired_before: edge.over && {
    times: edge.over.times,
    from: new Date(edge.over.from).toISOString(),
    to: new Date(edge.over.to).toISOString(),
  },
  thresholds: edge.limits.map(({ field, aggregate, condition, value, tone }) => ({
    field,
    aggregate,
    condition,
    value,
    state: tone,
  })),
})

export function jsonOf(view: View, graph: MapGraph): string {
  const edges = view.links.flatMap((link) => link.edges)
  const used = new Set(edges.flatMap(({ source, target }) => [source, target]))
  const nodes = [...graph.nodes.values()].filter(({ id }) => used.has(id))
  return `${JSON.stringify({ nodes, edges: edges.map(plainEdge), hidden: view.hidden }, null, 2)}\n`
}
