/**
 * The interface's two languages. Each page owns one namespace, a JSON file of the same name under `en/` and `zh/`;
 * only the language in force is loaded. Keys are checked by the compiler (`types.ts`) and by `translations.test.ts`.
 */
import i18next from 'i18next'
import { initReactI18next, useTranslation } from 'react-i18next'
import type { Lang } from '~/format/numbers'

export const languages: readonly { code: Lang; name: string; html: string }[] = [
  { code: 'en', name: 'English', html: 'en' },
  { code: 'zh', name: '中文', html: 'zh-CN' },
]

const remembered = 'magpie.language'

const load: Record<Lang, () => Promise<{ default: Record<string, object> }>> = {
  en: () => import('./en'),
  zh: () => import('./zh'),
}

/** What was chosen before, else the first of the browser's languages that we speak, else English. */
export function firstLanguage(chosen: string | null, browser: readonly string[]): Lang {
  if (chosen === 'en' || chosen === 'zh') return chosen
  const spoken = browser.find((tag) => /^(en|zh)\b/i.test(tag))
  return spoken?.toLowerCase().startsWith('zh') ? 'zh' : 'en'
}

function recall(): string | null {
  try {
    return localStorage.getItem(remembered)
  } catch {
    return null
  }
}

/** Loads a language and makes it the page's; the first call also starts i18next. */
export async function startLanguage(lang: Lang = firstLanguage(recall(), navigator.languages)): Promise<void> {
  const { default: resources } = await load[lang]()
  if (!i18next.isInitialized) {
    await i18next.use(initReactI18next).init({
      lng: lang,
      fallbackLng: false,
      resources: {},
      defaultNS: 'common',
      interpolation: { escapeValue: false },
      react: { useSuspense: false },
    })
  }
  for (const [namespace, texts] of Object.entries(resources))
    i18next.addResourceBundle(lang, namespace, texts, true, true)
  await i18next.changeLanguage(lang)
  document.documentElement.lang = languages.find(({ code }) => code === lang)?.html ?? 'en'
}

/** A choice in Settings: loaded, shown and remembered. */
export async function chooseLanguage(lang: Lang): Promise<void> {
  try {
    localStorage.setItem(remembered, lang)
  } catch {
    // Without storage the choice holds until the page is closed.
  }
  await startLanguage(lang)
}

export function useLang(): Lang {
  const { i18n } = useTranslation()
  return i18n.language === 'zh' ? 'zh' : 'en'
}
