/** The contrast that the design language promises, measured as WCAG 2 does. */
import { describe, expect, test } from 'vitest'
import { moduleMark, modulePalette, type Scheme, type Token, tokens, variable } from './tokens'

function luminance(hex: string): number {
  const channel = (at: number) => {
    const value = Number.parseInt(hex.slice(at, at + 2), 16) / 255
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4
  }
  return 0.2126 * channel(1) + 0.7152 * channel(3) + 0.0722 * channel(5)
}

function contrast(a: string, b: string): number {
  const [low = 0, high = 0] = [luminance(a), luminance(b)].sort((x, y) => x - y)
  return (high + 0.05) / (low + 0.05)
}

const schemes: Scheme[] = ['light', 'dark']
const text: Token[] = ['text', 'text2', 'text3', 'accent', 'ok', 'pending', 'firing', 'muted', 'info', 'fatal']
const soft: [Token, Token][] = [
  ['accent', 'accentSoft'],
  ['ok', 'okSoft'],
  ['pending', 'pendingSoft'],
  ['firing', 'firingSoft'],
  ['muted', 'mutedSoft'],
  ['unknown', 'sunken'],
]

describe.each(schemes)('%s', (scheme) => {
  const of = tokens[scheme]
  test.each(text)('%s reads on page and content', (token) => {
    expect(contrast(of[token], of.bg)).toBeGreaterThanOrEqual(4.5)
    expect(contrast(of[token], of.surface)).toBeGreaterThanOrEqual(4.5)
  })
  test.each(soft)('%s reads on %s', (ink, ground) => {
    expect(contrast(of[ink], of[ground])).toBeGreaterThanOrEqual(4.5)
  })
  test.each<Token>(['control', 'edge', 'quiet', 'okFill'])('%s is seen on content', (token) => {
    expect(contrast(of[token], of.surface)).toBeGreaterThanOrEqual(3)
  })
  test('solid accent and red carry their text', () => {
    expect(contrast(of.onSolid, of.accent)).toBeGreaterThanOrEqual(4.5)
    expect(contrast(of.onSolid, of.firing)).toBeGreaterThanOrEqual(4.5)
  })
  test.each(modulePalette[scheme])('module colour %s is seen', (color) => {
    expect(contrast(color, of.surface)).toBeGreaterThanOrEqual(3)
  })
})

test('a module keeps its mark by its place in the alphabet; the seventh repeats the first colour, dashed', () => {
  const names = ['g', 'a', 'c', 'b', 'd', 'f', 'e']
  expect(moduleMark('a', names, 'light')).toEqual({ color: '#4755CE', dash: [] })
  expect(moduleMark('c', names, 'dark')).toEqual({ color: '#1CC4BB', dash: [] })
  expect(moduleMark('g', names, 'light')).toEqual({ color: '#4755CE', dash: [7, 4] })
})

test('thirty-six modules can be told apart', () => {
  const names = Array.from({ length: 36 }, (_, at) => String(at).padStart(2, '0'))
  expect(new Set(names.map((name) => JSON.stringify(moduleMark(name, names, 'dark')))).size).toBe(36)
})

test('names of CSS variables', () => {
  expect(variable('accentSoft')).toBe('--accent-soft')
})
