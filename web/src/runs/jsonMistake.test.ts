import { expect, test } from 'vitest'
import { jsonMistake, placeOf } from './jsonMistake'

// What Chromium, Firefox and Safari say.
test.each([
  ['Unexpected number in JSON at position 14', { at: 'place', line: 2, column: 6 }],
  ["Expected ':' after property name in JSON at position 14 (line 2 column 6)", { at: 'place', line: 2, column: 6 }],
  [
    "JSON.parse: expected ':' after property name in object at line 2 column 6 of the JSON data",
    { at: 'place', line: 2, column: 6 },
  ],
  ['Unexpected end of JSON input', { at: 'end' }],
  ['JSON Parse error: Unexpected EOF', { at: 'end' }],
  ["JSON Parse error: Expected ':' before value in object property definition", { at: 'nowhere' }],
])('%s', (message, place) => expect(placeOf(message, '{"a": 1,\n "b" 2}')).toEqual(place))

test('what is JSON has no mistake', () => {
  expect(jsonMistake('{"a": [1, null]}')).toBeNull()
  expect(jsonMistake('{"a": ')).not.toBeNull()
})
