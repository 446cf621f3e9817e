/** Who hears which key. */
import { render, screen } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { expect, test, vi } from 'vitest'
import { type KeyMap, useKeys } from './keys'

function Keyed({ keys }: { keys: KeyMap }) {
  useKeys(keys)
  return <input aria-label="field" />
}

test('a key, a sequence, the latest first, and nothing inside a field', async () => {
  const [refresh, goMap, lower, upper] = [vi.fn(), vi.fn(), vi.fn(), vi.fn()]
  const { rerender, unmount } = render(<Keyed keys={{ R: refresh, 'g m': goMap, Escape: lower }} />)
  const user = userEvent.setup()
  await user.keyboard('R')
  expect(refresh).toHaveBeenCalledTimes(1)
  await user.keyboard('gm')
  expect(goMap).toHaveBeenCalledTimes(1)
  await user.keyboard('m')
  expect(goMap).toHaveBeenCalledTimes(1)

  const { unmount: closeUpper } = render(<Keyed keys={{ Escape: upper }} />)
  await user.keyboard('{Escape}')
  expect([lower.mock.calls.length, upper.mock.calls.length]).toEqual([0, 1])
  closeUpper()
  await user.keyboard('{Escape}')
  expect(lower).toHaveBeenCalledTimes(1)

  await user.type(screen.getByLabelText('field'), 'R')
  expect(refresh).toHaveBeenCalledTimes(1)
  rerender(<Keyed keys={{}} />)
  unmount()
})
