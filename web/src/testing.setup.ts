/** What components expect of a browser and happy-dom lacks or leaves over between tests. */
import { cleanup, configure } from '@testing-library/react'
import { afterEach, beforeAll } from 'vitest'
import { startLanguage } from '~/i18n'

// Fields that grow with their text measure again when a font has come.
Object.defineProperty(document, 'fonts', { value: new EventTarget(), configurable: true })

// What is waited for comes, however busy the machine is.
configure({ asyncUtilTimeout: 20_000 })

beforeAll(() => startLanguage('en'))
afterEach(cleanup)
