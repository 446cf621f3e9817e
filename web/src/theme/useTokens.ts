/** The tokens of the scheme in force, for what CSS cannot reach: charts and the graph's canvas. */
import { useComputedColorScheme } from '@mantine/core'
import { type Scheme, type Tokens, tokens } from './tokens'

export function useScheme(): Scheme {
  return useComputedColorScheme('light', { getInitialValueInEffect: false })
}

export function useTokens(): Tokens {
  return tokens[useScheme()]
}
