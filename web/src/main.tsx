/** Starts the UI: language first, so that nothing flashes in the wrong one, then the app. */
import '@mantine/core/styles.css'
import './theme/fonts.css'
import './theme/global.css'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { App } from './app/App'
import { startLanguage } from './i18n'

const root = document.getElementById('root')
if (root) {
  await startLanguage()
  createRoot(root).render(
    <StrictMode>
      <App />
    </StrictMode>,
  )
}
