/** Makes an unknown key a compile error: English is the measure. */
import type english from './en'

declare module 'i18next' {
  interface CustomTypeOptions {
    defaultNS: 'common'
    resources: typeof english
  }
}
