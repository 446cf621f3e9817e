/** Parts of Magpie are named in the reader's language. */
import { render, screen } from '@testing-library/react'
import { expect, test } from 'vitest'
import { chooseLanguage } from '~/i18n'
import { inBytes, usePartNames } from './names'

function Named({ name }: { name: string }) {
  return <p>{usePartNames().queue(name)}</p>
}

test.each([
  ['open segment (bytes)', '打开的分段'],
  ['run logs to the disk', '待写入磁盘的运行日志'],
  ['intake to operator 1', '算子 1 的输入'],
  ['one that came later (bytes)', 'one that came later'],
])('the queue "%s" is 「%s」', async (name, chinese) => {
  await chooseLanguage('zh')
  render(<Named name={name} />)
  expect(screen.getByText(chinese)).toBeTruthy()
  await chooseLanguage('en')
})

test('queues of bytes say so', () => {
  expect([inBytes('open segment (bytes)'), inBytes('run logs to the disk')]).toEqual([true, false])
})
