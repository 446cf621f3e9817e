/** Labels of alerts: what the watchdog says is told in the reader's language, what people wrote stays. */
import { cleanup, screen } from '@testing-library/react'
import { afterEach, expect, test } from 'vitest'
import { chooseLanguage } from '~/i18n'
import { renderAlone } from '~/testing'
import { Place } from './AlertTable'
import type { Alert } from './grouping'
import { useAlertValue, useAlertWords, useLabelRow } from './words'

function Row({ monitor, label }: { monitor: string; label: [string, string] }) {
  const { column, value, shown } = useLabelRow(monitor)(label)
  return <p>{`${column}: ${shown ?? value}`}</p>
}

afterEach(async () => {
  cleanup()
  await chooseLanguage('en')
})

test.each([
  ['en', '(flows)', ['reason', 'missed'], 'Reason: a run that was due was missed'],
  ['zh', '(flows)', ['reason', 'not_started'], '原因: 到期的运行没有开始'],
  ['zh', '(flows)', ['application', 'shop'], 'application: shop'],
  ['zh', 'modules', ['reason', 'missed'], 'reason: missed'],
  ['zh', '(flows)', ['reason', 'written by an older Magpie'], 'reason: written by an older Magpie'],
] as const)('%s, %s, %j', async (lang, monitor, [name, value], words) => {
  await chooseLanguage(lang)
  renderAlone(<Row monitor={monitor} label={[name, value]} />)
  expect(await screen.findByText(words)).toBeTruthy()
})

function Head({ alert }: { alert: Alert }) {
  const [value, words] = [useAlertValue(), useAlertWords()]
  return <p>{`${value(alert, alert.value)} ${words(alert)}`}</p>
}

test.each([
  ['en', 'too_long', 20, '1 m 23 s a run takes longer than it may, above 20 s'],
  ['zh', 'too_long', 20, '1 分 23 秒 有一次运行超过了最长时间，高于 20 s'],
  ['en', 'missed', 0, '1 m 23 s a run that was due was missed'],
] as const)('in %s an alert of a flow says what is wrong: %s', async (lang, reason, above, words) => {
  await chooseLanguage(lang)
  const alert = { monitor: '(flows)', field: 'x_s', value: 83, condition: { above }, labels: { reason } }
  renderAlone(<Head alert={alert as unknown as Alert} />)
  expect((await screen.findByText(/^1/u)).textContent?.replaceAll('\u202f', ' ').replaceAll('\u2009', ' ')).toBe(words)
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
