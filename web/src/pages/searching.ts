/** Reading a page's part of the URL: what is not of the right form is left out, never an error. */

export const text = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' ? value : typeof value === 'number' ? String(value) : undefined

export const oneOf =
  <T extends string>(...allowed: readonly T[]) =>
  (value: unknown): T | undefined =>
    allowed.find((each) => each === value)

export const texts = (value: unknown): string[] | undefined => {
  const all = (Array.isArray(value) ? value : [value]).map(text).filter((each) => each !== undefined)
  return all.length > 0 ? all : undefined
}

/** Without the members that are undefined, so that they do not appear in the URL. */
export function present<T extends object>(search: T): T {
  return Object.fromEntries(Object.entries(search).filter(([, value]) => value !== undefined)) as T
}
