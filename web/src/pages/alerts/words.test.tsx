/** Labels of alerts: what the watchdog says is told in the reader's language, what people wrote stays. */
import { cleanup, screen } from '@testing-library/react'
import { afterEach, expect, test } from 'vitest'
import { chooseLanguage } from '~/i18n'
import { renderAlone } from '~/testing'
import { Place } from './AlertTable'
import type { Alert } from './grouping'
import { useLabelRow } from './words'

function Row({ monitor, label }: { monitor: string; label: [string, string] }) {
  const { column, value, shown } = useLabelRow(monitor)(label)
  return <p>{`${column}: ${shown ?? value}`}</p>
}

afterEach(async () => {
  cleanup()
  await chooseLanguage('en')
})

test.each([
  ['en', '(flows)', ['reason', 'missed'], 'reason: a run that was due was missed'],
  ['zh', '(flows)', ['reason', 'not_started'], '原因: 到期的运行没有开始'],
  ['zh', '(flows)', ['application', 'shop'], 'application: shop'],
  ['zh', 'modules', ['reason', 'missed'], 'reason: missed'],
  ['zh', '(flows)', ['reason', 'written by an older Magpie'], 'reason: written by an older Magpie'],
] as const)('%s, %s, %j', async (lang, monitor, [name, value], words) => {
  await chooseLanguage(lang)
  renderAlone(<Row monitor={monitor} label={[name, value]} />)
  expect(await screen.findByText(words)).toBeTruthy()
})

test.each([
  [{}, 'Everything'],
  [{ flow: 'shop.sync' }, 'shop.sync'],
  [{ target_module: 'order', region: 'eu' }, 'order eu'],
  [{ service: 'GET /a', region: 'eu' }, ' euGET /a'],
])('the place of an alert over %j', async (dimensions, words) => {
  renderAlone(<div data-testid="place">{<Place alert={{ dimensions } as unknown as Alert} />}</div>)
  expect((await screen.findByTestId('place')).textContent).toBe(words)
})
