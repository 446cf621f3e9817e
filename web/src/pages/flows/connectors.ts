/** Magpie's connectors as the schema of flows names them, for completion: functions that are there without being declared. */
import type { Offer, Schema } from './completion'

interface Connector {
  name: string
  summary: string
  required: readonly string[]
  optional: readonly string[]
}

const connectors = (root: Schema) => (root['x-connectors'] ?? []) as readonly Connector[]

/** Protocols of the specification that this Magpie does not speak. */
export const unsupportedCalls = (root: Schema) => (root['x-unsupported-calls'] ?? []) as readonly string[]

export const connectorNames = (root: Schema): Offer[] =>
  connectors(root).map(({ name, summary }) => ({ label: name, info: summary }))

/** The arguments of a connector, which may carry version and catalogue: `logger:1.0.0@magpie`. */
export function connectorKeys(root: Schema, called: string): Offer[] {
  const found = connectors(root).find(({ name }) => name === called.split(/[:@]/u)[0])
  if (!found) return []
  const offer = (required: boolean) => (label: string) => ({ label, required, info: found.summary })
  return [...found.required.map(offer(true)), ...found.optional.map(offer(false))]
}
