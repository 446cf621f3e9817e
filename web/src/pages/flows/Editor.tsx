/**
 * The source of a flow, edited with line numbers, marks for mistakes, completion and search. The editor library is loaded
 * with this file, only when a source is opened. Tab moves on, as everywhere; Mod-] and Mod-[ indent.
 */
import { autocompletion, type CompletionContext, closeBrackets, completionKeymap } from '@codemirror/autocomplete'
import { defaultKeymap, history, historyKeymap } from '@codemirror/commands'
import { yaml } from '@codemirror/lang-yaml'
import {
  bracketMatching,
  defaultHighlightStyle,
  foldGutter,
  HighlightStyle,
  indentUnit,
  syntaxHighlighting,
} from '@codemirror/language'
import { type Diagnostic, lintGutter, lintKeymap, setDiagnostics } from '@codemirror/lint'
import { unifiedMergeView } from '@codemirror/merge'
import { highlightSelectionMatches, searchKeymap } from '@codemirror/search'
import { Compartment, EditorState, type Extension } from '@codemirror/state'
import { drawSelection, EditorView, highlightActiveLine, keymap, lineNumbers } from '@codemirror/view'
import { tags } from '@lezer/highlight'
import { useEffect, useRef } from 'react'
import type { FlowProblem } from '~/api/runs'
import { useLang } from '~/i18n'
import { type Offer, offersAt, type Schema } from './completion'
import styles from './flows.module.css'
import { indentation } from './indent'
import { phrases } from './phrases'
import { type Place, placeAt } from './places'

interface EditorProps {
  label: string
  value: string
  onChange?: (value: string) => void
  problems?: readonly FlowProblem[]
  /** For completion. */
  schema?: Schema
  /** The line to show, from 1; asked for anew by another object. */
  reveal?: { line: number } | null
  /** Shows what is different from this text instead of editing. */
  before?: string
}

const highlight = HighlightStyle.define([
  { tag: [tags.propertyName, tags.definition(tags.propertyName)], color: 'var(--accent)' },
  { tag: [tags.string, tags.special(tags.string)], color: 'var(--text)' },
  { tag: [tags.number, tags.bool, tags.null], color: 'var(--info)' },
  { tag: tags.comment, color: 'var(--text3)' },
  { tag: [tags.punctuation, tags.separator, tags.squareBracket, tags.brace], color: 'var(--text3)' },
  { tag: [tags.meta, tags.labelName, tags.typeName], color: 'var(--muted)' },
])

/** What makes it ours: the tokens decide, in both appearances. */
const look = EditorView.theme({
  '&': { height: '100%', fontSize: '12.5px', backgroundColor: 'var(--surface)', color: 'var(--text)' },
  '.cm-scroller': { fontFamily: 'var(--mantine-font-family-monospace)', lineHeight: '20px' },
  '.cm-content': { fontVariantLigatures: 'none', caretColor: 'var(--text)' },
  '.cm-gutters': { backgroundColor: 'var(--surface)', color: 'var(--text3)', borderRight: '1px solid var(--line)' },
  '.cm-activeLine, .cm-activeLineGutter': { backgroundColor: 'var(--bg)' },
  '.cm-cursor': { borderLeftColor: 'var(--text)' },
  '&.cm-focused': { outline: '2px solid var(--accent)', outlineOffset: '-2px' },
  '&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground': {
    backgroundColor: 'var(--accent-soft)',
  },
  '.cm-tooltip': {
    border: '1px solid var(--line)',
    borderRadius: '8px',
    backgroundColor: 'var(--surface)',
    color: 'var(--text)',
    boxShadow: 'var(--mantine-shadow-md)',
  },
  '.cm-tooltip-autocomplete ul li[aria-selected]': { backgroundColor: 'var(--accent-soft)', color: 'var(--text)' },
  '.cm-completionMatchedText': { textDecoration: 'none', color: 'var(--accent)', fontWeight: '600' },
  '.cm-completionDetail': { color: 'var(--text3)', fontStyle: 'normal' },
  '.cm-diagnostic': { fontFamily: 'var(--mantine-font-family)', borderLeft: 'none' },
  '.cm-panels': { backgroundColor: 'var(--bg)', color: 'var(--text)', borderColor: 'var(--line)' },
  '.cm-collapsedLines': { background: 'var(--bg)', color: 'var(--text2)', padding: '2px 12px' },
  '.cm-collapsedLines:before, .cm-collapsedLines:after': { content: '""' },
  '.cm-deletedChunk': { backgroundColor: 'var(--firing-soft)' },
  '&.cm-merge-b .cm-changedLine': { backgroundColor: 'var(--ok-soft)' },
  '&.cm-merge-b .cm-changedText': { background: 'color-mix(in srgb, var(--ok) 24%, transparent)' },
  '.cm-deletedChunk .cm-deletedText': { background: 'color-mix(in srgb, var(--firing) 22%, transparent)' },
})

export function Editor({ label, value, onChange, problems, schema, reveal, before }: EditorProps) {
  const host = useRef<HTMLDivElement>(null)
  const view = useRef<EditorView | null>(null)
  const lang = useLang()
  const latest = useRef({ onChange, schema, value })
  latest.current = { onChange, schema, value }

  // biome-ignore lint/correctness/useExhaustiveDependencies: another text to compare with is another editor
  useEffect(() => {
    if (!host.current) return
    const editor = new EditorView({
      parent: host.current,
      state: EditorState.create({
        doc: latest.current.value,
        extensions: [EditorState.phrases.of(phrases[lang]), ...extensionsOf(label, latest, before)],
      }),
    })
    view.current = editor
    return () => {
      editor.destroy()
      view.current = null
    }
  }, [before, onChange === undefined, label, lang])

  useEffect(() => {
    const editor = view.current
    if (!editor || editor.state.doc.toString() === value) return
    editor.dispatch({ changes: { from: 0, to: editor.state.doc.length, insert: value } })
  }, [value])

  useEffect(() => {
    const editor = view.current
    if (editor) editor.dispatch(setDiagnostics(editor.state, diagnosticsOf(editor.state, problems ?? [])))
  }, [problems])

  useEffect(() => {
    const editor = view.current
    if (!editor || !reveal || reveal.line > editor.state.doc.lines) return
    const { from } = editor.state.doc.line(Math.max(1, reveal.line))
    editor.dispatch({ selection: { anchor: from }, effects: EditorView.scrollIntoView(from, { y: 'center' }) })
  }, [reveal])

  return <div ref={host} className={styles.editor} />
}

interface Latest {
  current: { onChange?: (value: string) => void; schema?: Schema }
}

function extensionsOf(label: string, latest: Latest, before: string | undefined): Extension[] {
  const fixed = latest.current.onChange === undefined
  return [
    lineNumbers(),
    foldGutter(),
    history(),
    drawSelection(),
    bracketMatching(),
    highlightSelectionMatches(),
    indentUnit.of('  '),
    indentation,
    yaml(),
    syntaxHighlighting(highlight),
    syntaxHighlighting(defaultHighlightStyle, { fallback: true }),
    look,
    new Compartment().of(EditorState.readOnly.of(fixed)),
    EditorView.contentAttributes.of({ 'aria-label': label, tabindex: '0' }),
    ...(before === undefined
      ? []
      : [unifiedMergeView({ original: before, mergeControls: false, collapseUnchanged: {} })]),
    ...(fixed
      ? [EditorView.editable.of(false)]
      : [
          highlightActiveLine(),
          closeBrackets(),
          lintGutter(),
          autocompletion({ override: [(context) => completions(context, latest.current.schema)], icons: false }),
          EditorView.updateListener.of((update) => {
            if (update.docChanged) latest.current.onChange?.(update.state.doc.toString())
          }),
        ]),
    keymap.of([...completionKeymap, ...defaultKeymap, ...historyKeymap, ...searchKeymap, ...lintKeymap]),
  ]
}

function completions(context: CompletionContext, schema: Schema | undefined) {
  if (!schema) return null
  const { doc } = context.state
  const place = placeAt(context.state.sliceDoc(0, context.pos))
  if (place.typed === '' && !place.json?.quoted && !context.explicit) return null
  const offers = offersAt(schema, place, doc.toString(), doc.lineAt(context.pos).number - 1)
  if (offers.length === 0) return null
  return {
    from: context.pos - place.typed.length,
    options: offers.map((offer) => ({
      label: offer.label,
      detail: offer.detail,
      info: offer.info,
      boost: offer.decides ? 2 : offer.required ? 1 : 0,
      apply: place.json ? intoJson(offer, place) : place.typing === 'key' ? `${offer.label}: ` : offer.label,
    })),
    validFor: /^[\w.-]*$/,
  }
}

/** Writes an offer with the quotes that JSON wants, in place of those that are there. */
function intoJson({ label, bare }: Offer, { typing, json }: Place) {
  const text = typing === 'key' ? `${JSON.stringify(label)}: ` : bare ? label : JSON.stringify(label)
  return (view: EditorView, _: unknown, from: number, to: number) => {
    const begin = json?.quoted ? from - 1 : from
    const end = json?.quoted && view.state.sliceDoc(to, to + 1) === '"' ? to + 1 : to
    view.dispatch({
      changes: { from: begin, to: end, insert: text },
      selection: { anchor: begin + text.length },
      userEvent: 'input.complete',
    })
  }
}

/** A problem marks its line from its column on. */
function diagnosticsOf(state: EditorState, problems: readonly FlowProblem[]): Diagnostic[] {
  return problems.map(({ line, column, message, severity }) => {
    const place = state.doc.line(Math.min(state.doc.lines, Math.max(1, line)))
    const text = place.text.length - place.text.trimStart().length
    const from = Math.min(place.to, place.from + (column ? column - 1 : text))
    return { from, to: Math.max(from, place.to), severity: severity === 'unsupported' ? 'warning' : severity, message }
  })
}
