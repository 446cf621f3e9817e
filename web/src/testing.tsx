/** For tests only: what components of pages are rendered within, and a server that answers them. */
import { MantineProvider } from '@mantine/core'
import { QueryClientProvider } from '@tanstack/react-query'
import { createMemoryHistory, createRootRoute, createRouter, RouterProvider } from '@tanstack/react-router'
import { render } from '@testing-library/react'
import type { ReactNode } from 'react'
import { vi } from 'vitest'
import { makeQueryClient } from '~/api/useApi'

/** Renders the page that a router is at, with theme and queries. */
export function renderRouter(router: unknown): void {
  render(
    <MantineProvider>
      <QueryClientProvider client={makeQueryClient()}>
        <RouterProvider router={router as never} />
      </QueryClientProvider>
    </MantineProvider>,
  )
}

/** Renders components where there is no other page. */
export function renderAlone(children: ReactNode): void {
  const route = createRootRoute({ component: () => children })
  renderRouter(createRouter({ routeTree: route, history: createMemoryHistory() }))
}

/** A stream that says nothing. */
class Silent {
  addEventListener() {}
  close() {}
}

/** A server that answers everything with this, and whose stream says nothing. */
export function stubServer(answer: unknown): void {
  const body = JSON.stringify(answer)
  vi.stubGlobal('fetch', async () => new Response(body, { headers: { 'Content-Type': 'application/json' } }))
  vi.stubGlobal('EventSource', Silent)
}
