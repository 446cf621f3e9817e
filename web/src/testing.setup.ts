/** What components expect of a browser and happy-dom lacks or leaves over between tests. */
import { cleanup } from '@testing-library/react'
import { afterEach, beforeAll } from 'vitest'
import { startLanguage } from '~/i18n'

beforeAll(() => startLanguage('en'))
afterEach(cleanup)
