/** The Numbers table of the design language, row by row, with its edges. */
import { expect, test } from 'vitest'
import { bytes, count, duration, exact, type Maybe, rate, share, since } from './numbers'

const spaced = (text: string) => text.replaceAll('\u202f', ' ')

test.each<[Maybe, string, string]>([
  [0, '0', '0'],
  [null, '–', '–'],
  [Number.NaN, '–', '–'],
  [7, '7', '7'],
  [5208, '5,208', '5,208'],
  [99_999, '99,999', '99,999'],
  [100_000, '100k', '10 万'],
  [184_206, '184k', '18.4 万'],
  [999_499, '999k', '99.9 万'],
  [999_999, '1M', '100 万'],
  [1_200_000, '1.2M', '120 万'],
  [120_000_000, '120M', '1.2 亿'],
  [99_999_999, '100M', '1 亿'],
  [3_400_000_000, '3.4B', '34 亿'],
  [-5208, '-5,208', '-5,208'],
  [2.5, '2.5', '2.5'],
])('count of %s is %s, in Chinese %s', (value, en, zh) => {
  expect(spaced(count(value, 'en'))).toBe(en)
  expect(spaced(count(value, 'zh'))).toBe(zh)
})

test.each<[Maybe, string, string]>([
  [undefined, '–', '–'],
  [0, '0', '0'],
  [0.001, '< 0.01 ms', '< 0.01 ms'],
  [0.41, '0.41 ms', '0.41 ms'],
  [9, '9 ms', '9 ms'],
  [9.24, '9.2 ms', '9.2 ms'],
  [412.4, '412 ms', '412 ms'],
  [999.4, '999 ms', '999 ms'],
  [999.6, '1.00 s', '1.00 s'],
  [1240, '1.24 s', '1.24 s'],
  [12_440, '12.4 s', '12.4 s'],
  [59_940, '59.9 s', '59.9 s'],
  [59_960, '1 m 00 s', '1 分 00 秒'],
  [291_000, '4 m 51 s', '4 分 51 秒'],
  [3_599_700, '1 h 00 m', '1 小时 00 分'],
  [7_500_000, '2 h 05 m', '2 小时 05 分'],
  [86_399_999, '1 d 0 h', '1 天 0 小时'],
  [273_600_000, '3 d 4 h', '3 天 4 小时'],
  [8_636_400_000, '99 d 23 h', '99 天 23 小时'],
  [8_640_000_000, '100 d', '100 天'],
  [301_266_186_010, '3,487 d', '3,487 天'],
])('duration of %s ms is %s, in Chinese %s', (value, en, zh) => {
  expect(spaced(duration(value, 'en'))).toBe(en)
  expect(spaced(duration(value, 'zh'))).toBe(zh)
})

test.each<[number, string]>([
  [2000, '2 s'],
  [300, '300 ms'],
  [1500, '1.5 s'],
  [60_000, '1 min'],
  [90_000, '1 m 30 s'],
  [7_200_000, '2 h'],
])('limit of %s ms is %s', (value, text) => {
  expect(spaced(duration(value, 'en', { trim: true }))).toBe(text)
})

test.each<[Maybe, string, string]>([
  [null, '–', '–'],
  [0, '0/min', '0 次/分'],
  [347 / 60, '347/min', '347 次/分'],
  [1204, '1,204/s', '1,204 次/秒'],
  [184_206, '184k/s', '18.4 万次/秒'],
  [2 / 3600, '2/h', '2 次/小时'],
])('rate of %s per second is %s, in Chinese %s', (value, en, zh) => {
  expect(spaced(rate(value, 'en'))).toBe(en)
  expect(spaced(rate(value, 'zh')).replace('万 次', '万次')).toBe(zh)
})

test('lines and records have their own words in Chinese', () => {
  expect(spaced(rate(5.8, 'zh', 'line'))).toBe('348 行/分')
  expect(spaced(rate(0, 'zh', 'record'))).toBe('0 条/分')
  expect(rate(5.8, 'en', 'line')).toBe('348/min')
})

test.each<[Maybe, string]>([
  [null, '–'],
  [0, '0 %'],
  [1, '100 %'],
  [0.97, '97 %'],
  [0.004, '0.4 %'],
  [0.0004, '< 0.1 %'],
  [0.9999, '> 99.9 %'],
  [0.998, '99.8 %'],
  [0.9951, '99.5 %'],
  [0.0096, '1 %'],
  [0.3149, '31 %'],
  [1.5, '150 %'],
])('share of %s is %s', (value, text) => {
  expect(spaced(share(value, 'en'))).toBe(text)
  expect(spaced(share(value, 'zh'))).toBe(text)
})

test('shares in a column keep their decimals, and still never reach 100 %', () => {
  expect(spaced(share(0.31, 'en', { decimals: 1 }))).toBe('31.0 %')
  expect(spaced(share(0.9996, 'en', { decimals: 0 }))).toBe('> 99.9 %')
  expect(spaced(share(0.996, 'en', { decimals: 0 }))).toBe('99 %')
})

test.each<[Maybe, string]>([
  [null, '–'],
  [0, '0'],
  [412, '412 B'],
  [1100, '1.1 kB'],
  [999_960, '1.0 MB'],
  [214_600_000, '214.6 MB'],
])('%s bytes are %s', (value, text) => {
  expect(spaced(bytes(value, 'en'))).toBe(text)
})

test.each<[Maybe, string, string]>([
  [null, '–', '–'],
  [48_900, '48 s', '48 秒'],
  [14 * 60_000 + 59_000, '14 min', '14 分钟'],
  [5 * 3_600_000, '5 h', '5 小时'],
  [3 * 86_400_000, '3 d', '3 天'],
  [1_393 * 86_400_000, '1,393 d', '1,393 天'],
  [4_148 * 86_400_000, '11 y', '11 年'],
])('%s ms ago is %s, in Chinese %s', (value, en, zh) => {
  expect(spaced(since(value, 'en'))).toBe(en)
  expect(spaced(since(value, 'zh'))).toBe(zh)
})

test('the exact value has all digits', () => {
  expect(spaced(exact(1240.123456, 'ms'))).toBe('1,240.123456 ms')
  expect(exact(null)).toBe('–')
})
