/**
 * The colours of the design language, once, as data: CSS variables, Mantine's theme, charts and the graph's canvas all
 * take them from here. Text tokens are measured against their grounds in `tokens.test.ts`.
 */

export type Scheme = 'light' | 'dark'

const light = {
  bg: '#F5F6F8',
  surface: '#FFFFFF',
  sunken: '#ECEFF2',
  line: '#E0E4E9',
  control: '#818C9A',
  text: '#141920',
  text2: '#454F5C',
  text3: '#5F6A78',
  accent: '#0A6680',
  accentSoft: '#E2F0F4',
  ok: '#1B7A4A',
  okSoft: '#E4F4EB',
  pending: '#8F5400',
  pendingSoft: '#FFF2D9',
  firing: '#C4212B',
  firingSoft: '#FDEBEB',
  muted: '#65588A',
  mutedSoft: '#EFECF6',
  unknown: '#5F6A78',
  info: '#2A5FA5',
  fatal: '#8B0F2E',
  edge: '#7E8F9E',
  quiet: '#8792A0',
  okFill: '#769889',
  /** Text on solid accent or red. */
  onSolid: '#FFFFFF',
}

export type Tokens = typeof light
export type Token = keyof Tokens

const dark: Tokens = {
  bg: '#0E1115',
  surface: '#151A20',
  sunken: '#1D232B',
  line: '#262E37',
  control: '#6C7785',
  text: '#E7EBF0',
  text2: '#AEB8C4',
  text3: '#8D98A6',
  accent: '#5CBCD8',
  accentSoft: '#11303B',
  ok: '#5FC892',
  okSoft: '#122E20',
  pending: '#F0B24E',
  pendingSoft: '#33270F',
  firing: '#FF8080',
  firingSoft: '#3B1A1E',
  muted: '#B7A9E0',
  mutedSoft: '#292439',
  unknown: '#8D98A6',
  info: '#7FB2F0',
  fatal: '#FF9DB5',
  edge: '#617080',
  quiet: '#5F6C7A',
  okFill: '#527868',
  onSolid: '#0E1115',
}

export const tokens: Record<Scheme, Tokens> = { light, dark }

/** Marks of modules, never text: the first six by name keep a colour of their own, everywhere the same. */
export const modulePalette: Record<Scheme, readonly string[]> = {
  light: ['#4755CE', '#A1920B', '#0B8E88', '#6B2A86', '#22324E', '#D068C1'],
  dark: ['#909CFE', '#C5C414', '#1CC4BB', '#A76CD1', '#DDE4EC', '#F7B0F6'],
}

/** Line patterns that follow when the six colours are used up: solid, dashed, dotted, dash-dot, short dash, dash-dot-dot. */
export const modulePatterns: readonly (readonly number[])[] = [
  [],
  [7, 4],
  [2, 3],
  [8, 3, 2, 3],
  [4, 6],
  [8, 3, 2, 3, 2, 3],
]

export interface ModuleMark {
  color: string
  /** SVG or canvas dash array; empty for solid. */
  dash: readonly number[]
}

/** How a name's mark looks among all names of its kind: fixed by alphabetical order, colours first, then patterns. */
export function moduleMark(name: string, names: readonly string[], scheme: Scheme): ModuleMark {
  const palette = modulePalette[scheme]
  const place = Math.max(0, [...new Set(names)].sort().indexOf(name))
  const pattern = Math.floor(place / palette.length) % modulePatterns.length
  return { color: palette[place % palette.length] ?? tokens[scheme].quiet, dash: modulePatterns[pattern] ?? [] }
}

/** The CSS variable's name of a token: `accentSoft` is `--accent-soft`. */
export function variable(token: Token): string {
  return `--${token.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`
}

/** All tokens of a scheme as CSS variables. */
export function variables(scheme: Scheme): Record<string, string> {
  return Object.fromEntries(Object.entries(tokens[scheme]).map(([name, value]) => [variable(name as Token), value]))
}
