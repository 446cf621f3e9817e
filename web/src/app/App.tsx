/** Everything that surrounds the router: theme, queries. */
import { MantineProvider } from '@mantine/core'
import { QueryClientProvider } from '@tanstack/react-query'
import { RouterProvider } from '@tanstack/react-router'
import { useState } from 'react'
import { makeQueryClient } from '~/api/useApi'
import { cssVariablesResolver, theme } from '~/theme/mantine'
import { makeRouter } from './router'

export function App() {
  const [queryClient] = useState(makeQueryClient)
  const [router] = useState(() => makeRouter())
  return (
    <MantineProvider theme={theme} cssVariablesResolver={cssVariablesResolver} defaultColorScheme="auto">
      <QueryClientProvider client={queryClient}>
        <RouterProvider router={router} />
      </QueryClientProvider>
    </MantineProvider>
  )
}
