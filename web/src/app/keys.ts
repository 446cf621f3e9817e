/**
 * The keyboard: one listener for the page, a stack of handlers above it. What was mounted last hears a key first, so
 * that a drawer's Escape comes before the page's. Sequences are written with a space: "g m". Never inside a field.
 */
import { useEffect, useRef } from 'react'

export type KeyMap = Record<string, (event: KeyboardEvent) => void>

const stack: { current: KeyMap }[] = []
let first = ''
let forget: ReturnType<typeof setTimeout> | undefined

/** How long the second key of a sequence may take. */
const patience = 1200

function inField(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.closest('input, textarea, select, [contenteditable="true"]') !== null
}

/** Whether a dialog or menu is open, which has keys of its own. */
function inDialog(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    target.closest('[role="dialog"], [role="menu"], [role="listbox"]:focus-within [role="searchbox"]') !== null
  )
}

function handlerOf(name: string): KeyMap[string] | undefined {
  for (const map of stack.toReversed()) {
    const handler = map.current[name]
    if (handler) return handler
  }
  return undefined
}

function onKeyDown(event: KeyboardEvent) {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return
  if (inField(event.target) || inDialog(event.target)) return
  const sequence = first ? `${first} ${event.key}` : ''
  first = ''
  clearTimeout(forget)
  const handler = (sequence && handlerOf(sequence)) || handlerOf(event.key)
  if (handler) {
    event.preventDefault()
    handler(event)
  } else if (stack.some((map) => Object.keys(map.current).some((name) => name.startsWith(`${event.key} `)))) {
    first = event.key
    forget = setTimeout(() => {
      first = ''
    }, patience)
  }
}

/** Hears keys while the component is mounted and `on`. */
export function useKeys(keys: KeyMap, on = true): void {
  const latest = useRef(keys)
  latest.current = keys
  useEffect(() => {
    if (!on) return
    if (stack.length === 0) document.addEventListener('keydown', onKeyDown)
    stack.push(latest)
    return () => {
      stack.splice(stack.indexOf(latest), 1)
      if (stack.length === 0) document.removeEventListener('keydown', onKeyDown)
    }
  }, [on])
}
