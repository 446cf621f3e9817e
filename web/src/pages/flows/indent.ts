/**
 * How far a new line of a flow in YAML is indented. The library's rule sets what follows `- task:` beside the task instead of within it,
 * where it is a second key of the list's item and nothing can be offered.
 */
import { indentService } from '@codemirror/language'

/** Columns before the line that follows this text; undefined where the library knows it: within braces and brackets. */
export function indentAfter(before: string): number | undefined {
  if (/[[{,]\s*$/u.test(before)) return undefined
  const [, lead = '', rest = ''] = /^(\s*(?:-\s+)*)(.*)$/u.exec(before) ?? []
  return lead.length + (opens(rest) ? 2 : 0)
}

/** Whether what follows belongs to the key that the text ends with, as its mapping or its text. */
const opens = (text: string) => /:(?:\s+[|>][+-]?)?\s*(?:#.*)?$/u.test(text)

export const indentation = indentService.of((context, pos) =>
  context.simulatedBreak === null ? undefined : indentAfter(context.lineAt(pos, -1).text),
)
