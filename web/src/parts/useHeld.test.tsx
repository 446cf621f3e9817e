/** A list that a person is about to click on. */
import { render, screen } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { expect, test } from 'vitest'
import { useHand, useHeld } from './useHeld'

function List({ rows }: { rows: readonly string[] }) {
  const { isOn, hand } = useHand()
  return (
    <ul {...hand}>
      {useHeld(rows, isOn).map((row) => (
        <li key={row}>
          <a href={`#${row}`}>{row}</a>
        </li>
      ))}
    </ul>
  )
}

const shown = () => screen.getAllByRole('link').map((link) => link.textContent)

test('rows stay while the pointer is on them or the keyboard in them, and are the newest afterwards', async () => {
  const person = userEvent.setup()
  const { rerender } = render(<List rows={['a']} />)
  await person.hover(screen.getByText('a'))
  rerender(<List rows={['b', 'a']} />)
  expect(shown()).toEqual(['a'])
  await person.unhover(screen.getByText('a'))
  expect(shown()).toEqual(['b', 'a'])

  await person.tab()
  rerender(<List rows={['c', 'b']} />)
  expect(shown()).toEqual(['b', 'a'])
  await person.tab()
  await person.tab()
  expect(shown()).toEqual(['c', 'b'])
})
