/** What the map can be saved as. */
import { type RefObject, useMemo } from 'react'
import { download, type ExportKind } from '~/parts/ExportMenu'
import { useTokens } from '~/theme/useTokens'
import type { Stage } from './draw/Stage'
import { dotOf, jsonOf, mermaidOf, pngOf, svgOf } from './exports'
import type { MapGraph } from './model/graph'
import type { LabelChoice, Wording } from './model/labels'
import type { View } from './model/view'

interface ExportsWish {
  stage: RefObject<Stage | null>
  view: View | null
  graph: MapGraph | null
  choice: LabelChoice
  wording: Wording
  name: string
}

export function useExports({
  stage,
  view,
  graph,
  choice,
  wording,
  name,
}: ExportsWish): { kind: ExportKind; save: () => void | Promise<void> }[] {
  const colors = useTokens()
  return useMemo(() => {
    if (!view || !graph) return []
    const file = `magpie-${name.replace(/[^\w.-]+/g, '-')}`
    const pictures: { kind: ExportKind; save: () => void | Promise<void> }[] = [
      {
        kind: 'svg',
        save: () => stage.current && download(`${file}.svg`, svgOf(stage.current, colors), 'image/svg+xml'),
      },
      {
        kind: 'png',
        save: async () => {
          if (stage.current) download(`${file}.png`, await pngOf(stage.current, colors), 'image/png')
        },
      },
    ].map(({ kind, save }) => ({ kind: kind as ExportKind, save: save as () => void | Promise<void> }))
    return [
      ...pictures,
      { kind: 'dot', save: () => download(`${file}.dot`, dotOf(view, choice, wording), 'text/vnd.graphviz') },
      { kind: 'mermaid', save: () => download(`${file}.mmd`, mermaidOf(view, choice, wording)) },
      { kind: 'json', save: () => download(`${file}.json`, jsonOf(view, graph), 'application/json') },
    ]
  }, [stage, view, graph, choice, wording, name, colors])
}
