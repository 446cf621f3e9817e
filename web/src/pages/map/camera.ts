/**
 * Where somebody panned and zoomed to, kept for each picture as its places are: for the session, so that a reload and
 * coming back find the view as it was left. It depends on the window, so it is no part of the URL. Storage is an extra.
 */
import type { Camera } from './draw/Stage'

const prefix = 'magpie.view.'

export function recallCamera(picture: string): Camera | null {
  try {
    const { x, y, zoom } = JSON.parse(sessionStorage.getItem(prefix + picture) ?? '{}') as Partial<Camera>
    return [x, y, zoom].every(Number.isFinite) ? ({ x, y, zoom } as Camera) : null
  } catch {
    return null
  }
}

/** Null forgets: the picture fits itself again. */
export function rememberCamera(picture: string, camera: Camera | null): void {
  try {
    if (camera) sessionStorage.setItem(prefix + picture, JSON.stringify(camera))
    else sessionStorage.removeItem(prefix + picture)
  } catch {
    // Without storage the view lasts as long as the page.
  }
}
