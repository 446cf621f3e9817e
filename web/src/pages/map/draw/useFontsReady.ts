/** Whether the page's fonts have come: a canvas is not drawn anew by itself when they do. */
import { useEffect, useState } from 'react'

export function useFontsReady(): boolean {
  const [ready, setReady] = useState(false)
  useEffect(() => {
    if (!document.fonts) return
    let gone = false
    // Asked for by name, since a canvas alone does not make the browser fetch them.
    const wanted = ['13px "Inter Variable"', '600 12px "Inter Variable"', '11px "JetBrains Mono Variable"']
    void Promise.all(wanted.map((font) => document.fonts.load(font)))
      .catch(() => undefined)
      .then(() => {
        if (!gone) setReady(true)
      })
    return () => {
      gone = true
    }
  }, [])
  return ready
}
