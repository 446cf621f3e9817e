/**
 * One formatter per kind of number, exact and in both languages, after the Numbers table of the design language.
 * `Intl` alone does not print these forms. Units follow a narrow no-break space; no data is "–", zero is a number;
 * nothing is rounded up to 100 % or down to 0 %.
 */

export type Lang = 'en' | 'zh'
/** A value that may be absent. */
export type Maybe = number | null | undefined

/** Narrow no-break space, before each unit. */
export const thin = '\u202f'
export const none = '–'

const absent = (value: Maybe): value is null | undefined =>
  value === null || value === undefined || Number.isNaN(value) || !Number.isFinite(value)

/** Kept, because making one costs a thousand times what using it does. */
const groupers: Intl.NumberFormat[] = []

function grouped(value: number, decimals = 0): string {
  groupers[decimals] ??= new Intl.NumberFormat('en-US', {
    minimumFractionDigits: decimals,
    maximumFractionDigits: decimals,
  })
  return groupers[decimals].format(value)
}

/** Three significant digits, at most; trailing zeros kept only when asked for. */
export function significant(value: number, keepZeros = false): string {
  const size = Math.abs(value)
  const decimals = size >= 99.95 ? 0 : size >= 9.995 ? 1 : 2
  const text = value.toFixed(decimals)
  return keepZeros || !text.includes('.') ? text : text.replace(/\.?0+$/, '')
}

const shortForms: Record<Lang, readonly (readonly [size: number, unit: string])[]> = {
  en: [
    [1e12, 'T'],
    [1e9, 'B'],
    [1e6, 'M'],
    [1e3, 'k'],
  ],
  zh: [
    [1e12, `${thin}万亿`],
    [1e8, `${thin}亿`],
    [1e4, `${thin}万`],
  ],
}

/** A count: "5,208"; from 100,000 in short form, "184k" or "18.4 万". */
export function count(value: Maybe, lang: Lang): string {
  if (absent(value)) return none
  const size = Math.abs(value)
  if (size < 100_000) return Number.isInteger(value) ? grouped(value) : fraction(value)
  for (const [i, [unit, name]] of shortForms[lang].entries()) {
    // 999,999 is 1M, not 1,000k: the bigger form takes over where rounding would reach it.
    const bigger = shortForms[lang][i + 1]
    if (size >= unit || (bigger && Number.parseFloat(significant(size / bigger[0])) * bigger[0] >= unit)) {
      return `${value < 0 ? '-' : ''}${significant(size / unit)}${name}`
    }
  }
  return grouped(value)
}

function fraction(value: number): string {
  const size = Math.abs(value)
  if (size >= 1000) return grouped(value)
  if (size > 0 && size < 0.01) return value.toPrecision(2)
  return significant(value)
}

interface DurationOptions {
  /** "2 s" instead of "2.00 s": for limits, which people wrote. */
  trim?: boolean
}

const longUnits: Record<Lang, { d: string; h: string; m: string; s: string; min: string }> = {
  en: { d: 'd', h: 'h', m: 'm', s: 's', min: 'min' },
  zh: { d: '天', h: '小时', m: '分', s: '秒', min: '分钟' },
}

const two = (value: number) => String(value).padStart(2, '0')

/** A duration in milliseconds: "9 ms", "1.24 s", "4 m 51 s", "2 h 05 m". */
export function duration(ms: Maybe, lang: Lang, { trim = false }: DurationOptions = {}): string {
  if (absent(ms)) return none
  if (ms < 0) return `-${duration(-ms, lang, { trim })}`
  if (ms === 0) return '0'
  if (ms < 0.01) return `< 0.01${thin}ms`
  if (ms < 9.95) return `${Number.parseFloat(ms.toFixed(ms < 1 ? 2 : 1))}${thin}ms`
  if (ms < 999.5) return `${Math.round(ms)}${thin}ms`
  if (ms < 59_950) return `${significant(ms / 1000, !trim)}${thin}s`
  const unit = longUnits[lang]
  const pair = (a: number, ua: string, b: number, ub: string, pad = true) =>
    trim && b === 0 ? `${a}${thin}${ua}` : `${a}${thin}${ua}${thin}${pad ? two(b) : b}${thin}${ub}`
  const seconds = Math.round(ms / 1000)
  // Alone it is not "1 m", which is a length.
  if (trim && seconds < 3600 && seconds % 60 === 0) return `${seconds / 60}${thin}${unit.min}`
  if (seconds < 3600) return pair(Math.floor(seconds / 60), unit.m, seconds % 60, unit.s)
  const minutes = Math.round(ms / 60_000)
  if (minutes < 24 * 60) return pair(Math.floor(minutes / 60), unit.h, minutes % 60, unit.m)
  const hours = Math.round(ms / 3_600_000)
  // Hours of what took a hundred days and more would be a fourth and fifth digit.
  if (hours >= 2400) return `${grouped(Math.round(hours / 24))}${thin}${unit.d}`
  return pair(Math.floor(hours / 24), unit.d, hours % 24, unit.h, false)
}

const rateUnits = { en: { s: '/s', min: '/min', h: '/h' }, zh: { s: '/秒', min: '/分', h: '/小时' } } as const
/** Chinese counts calls, lines and records each by a word of their own. */
const counted = { call: '次', line: '行', record: '条' } as const

/** A rate, given per second: "347/min", "1,204/s"; in Chinese "347 次/分", of lines "347 行/分". */
export function rate(perSecond: Maybe, lang: Lang, of: keyof typeof counted = 'call'): string {
  if (absent(perSecond)) return none
  const unit = rateUnits[lang]
  const before = lang === 'zh' ? thin + counted[of] : ''
  const size = Math.abs(perSecond)
  const write = (value: number, name: string) =>
    `${Math.abs(value) >= 100 ? count(Math.round(value), lang) : significant(value)}${before}${name}`
  if (size >= 100) return write(perSecond, unit.s)
  if (size === 0 || size >= 1 / 60) return write(perSecond * 60, unit.min)
  return write(perSecond * 3600, unit.h)
}

interface ShareOptions {
  /** Fixed decimals, so that a column of shares lines up. */
  decimals?: number
}

/** A share of one: "97 %", "0.4 %", "< 0.1 %"; "100 %" and "0 %" only when exact. */
export function share(value: Maybe, _lang: Lang, { decimals }: ShareOptions = {}): string {
  if (absent(value)) return none
  const percent = value * 100
  if (percent === 0 || percent === 100) return `${percent.toFixed(decimals ?? 0)}${thin}%`
  if (percent > 0 && percent < 0.1) return `< 0.1${thin}%`
  if (percent > 99.9 && percent < 100) return `> 99.9${thin}%`
  const places = decimals ?? (percent < 0.95 || (percent > 99 && percent < 100) ? 1 : 0)
  const scale = 10 ** places
  const rounded = Math.round(percent * scale) / scale
  const kept = percent < 100 && rounded >= 100 ? Math.floor(percent * scale) / scale : rounded
  return `${kept.toFixed(places)}${thin}%`
}

const byteUnits = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'] as const

/** Bytes, decimal: "412 B", "214.6 MB". */
export function bytes(value: Maybe, _lang: Lang): string {
  if (absent(value)) return none
  if (value === 0) return '0'
  let size = Math.abs(value)
  let at = 0
  while (size >= 999.95 && at < byteUnits.length - 1) {
    size /= 1000
    at += 1
  }
  const text = at === 0 ? String(Math.round(size)) : size.toFixed(1)
  return `${value < 0 ? '-' : ''}${text}${thin}${byteUnits[at]}`
}

const sinceUnits: Record<Lang, { s: string; min: string; h: string; d: string; y: string }> = {
  en: { s: 's', min: 'min', h: 'h', d: 'd', y: 'y' },
  zh: { s: '秒', min: '分钟', h: '小时', d: '天', y: '年' },
}
const day = 86_400_000
const year = 365.25 * day
/** From so many on years are told; of fewer too much would be rounded away. */
const manyYears = 4

/** How long ago, in milliseconds: "14 min", "14 分钟". The largest unit alone, rounded down. */
export function since(ms: Maybe, lang: Lang): string {
  if (absent(ms)) return none
  const unit = sinceUnits[lang]
  const past = Math.max(0, ms)
  if (past < 60_000) return `${Math.floor(past / 1000)}${thin}${unit.s}`
  if (past < 3_600_000) return `${Math.floor(past / 60_000)}${thin}${unit.min}`
  if (past < day) return `${Math.floor(past / 3_600_000)}${thin}${unit.h}`
  if (past >= manyYears * year) return `${grouped(Math.floor(past / year))}${thin}${unit.y}`
  return `${grouped(Math.floor(past / day))}${thin}${unit.d}`
}

/** The value as it is, for hover and copy: all digits, grouped, with the unit. */
export function exact(value: Maybe, unit?: string): string {
  if (absent(value)) return none
  const text = value.toLocaleString('en-US', { maximumFractionDigits: 9 })
  return unit ? `${text}${thin}${unit}` : text
}
