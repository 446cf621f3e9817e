/**
 * Mantine dressed in our tokens: its own palette is never seen. Sizes follow the type scale, radii and control heights
 * of the design language; colours are CSS variables, so that both schemes share one theme.
 */
import {
  ActionIcon,
  Button,
  Checkbox,
  type CSSVariablesResolver,
  createTheme,
  Drawer,
  defaultVariantColorsResolver,
  Input,
  Menu,
  Modal,
  Popover,
  Tooltip,
  type VariantColorsResolver,
} from '@mantine/core'
import { variables } from './tokens'

const solid = (token: string) => ({
  background: `var(--${token})`,
  hover: `color-mix(in srgb, var(--${token}) 88%, var(--text))`,
  color: 'var(--on-solid)',
  border: '1px solid transparent',
})

const plain = {
  background: 'var(--surface)',
  hover: 'var(--sunken)',
  color: 'var(--text)',
  border: '1px solid var(--line)',
}

/** Filled is the one main action of a place, `red` its dangerous kin; the rest is ink on a hairline or nothing at all. */
const variantColorResolver: VariantColorsResolver = (input) => {
  switch (input.variant) {
    case 'filled':
      return solid(input.color === 'red' ? 'firing' : 'accent')
    case 'default':
      return plain
    case 'light':
      return { background: 'var(--accent-soft)', hover: 'var(--sunken)', color: 'var(--accent)', border: 'none' }
    case 'subtle':
    case 'transparent':
      return {
        background: 'transparent',
        hover: 'var(--sunken)',
        color: 'var(--text2)',
        border: '1px solid transparent',
      }
    default:
      return defaultVariantColorsResolver(input)
  }
}

export const sans = 'Inter Variable, "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", system-ui, sans-serif'
export const mono = 'JetBrains Mono Variable, ui-monospace, Consolas, "Noto Sans Mono CJK SC", monospace'

const dialogHead = { header: { role: 'presentation' } }
const dialogTitle = { fontSize: '16px', fontWeight: 600, lineHeight: '24px' }

export const theme = createTheme({
  fontFamily: sans,
  fontFamilyMonospace: mono,
  fontSizes: { xs: '11px', sm: '12px', md: '13px', lg: '15px', xl: '16px' },
  lineHeights: { xs: '16px', sm: '16px', md: '20px', lg: '24px', xl: '24px' },
  spacing: { xs: '4px', sm: '8px', md: '12px', lg: '16px', xl: '24px' },
  radius: { xs: '4px', sm: '6px', md: '8px', lg: '8px', xl: '999px' },
  defaultRadius: 'sm',
  headings: { fontFamily: sans, fontWeight: '600' },
  breakpoints: { xs: '24.375em', sm: '45em', md: '60em', lg: '73.75em', xl: '90em' },
  cursorType: 'pointer',
  focusRing: 'auto',
  variantColorResolver,
  components: {
    Button: Button.extend({
      defaultProps: { variant: 'default', size: 'sm' },
      vars: (_theme, { size }) => ({
        root:
          size === 'xs'
            ? { '--button-height': '24px', '--button-padding-x': '8px' }
            : { '--button-height': '30px', '--button-padding-x': '12px' },
      }),
    }),
    ActionIcon: ActionIcon.extend({ defaultProps: { variant: 'default', size: 30 } }),
    Input: Input.extend({
      defaultProps: { size: 'sm' },
      vars: () => ({
        wrapper: {
          '--input-height': '30px',
          '--input-size': '30px',
          '--input-fz': '13px',
          '--input-bg': 'var(--surface)',
          '--input-bd': 'var(--control)',
          '--input-bd-focus': 'var(--accent)',
        },
      }),
    }),
    Checkbox: Checkbox.extend({
      vars: () => ({ root: { '--checkbox-color': 'var(--accent)', '--checkbox-icon-color': 'var(--on-solid)' } }),
    }),
    Menu: Menu.extend({ defaultProps: { shadow: 'md', position: 'bottom-start' } }),
    Popover: Popover.extend({ defaultProps: { shadow: 'md' } }),
    Tooltip: Tooltip.extend({ defaultProps: { openDelay: 300 } }),
    // The head of a dialog is no banner of the page.
    Modal: Modal.extend({ defaultProps: { centered: true, attributes: dialogHead }, styles: { title: dialogTitle } }),
    Drawer: Drawer.extend({ defaultProps: { attributes: dialogHead }, styles: { title: dialogTitle } }),
  },
})

/** Mantine's own variables, told in ours. */
const bridge: Record<string, string> = {
  '--mantine-color-body': 'var(--surface)',
  '--mantine-color-text': 'var(--text)',
  '--mantine-color-bright': 'var(--text)',
  '--mantine-color-dimmed': 'var(--text3)',
  '--mantine-color-placeholder': 'var(--text3)',
  '--mantine-color-anchor': 'var(--accent)',
  '--mantine-color-error': 'var(--firing)',
  '--mantine-color-default': 'var(--surface)',
  '--mantine-color-default-hover': 'var(--sunken)',
  '--mantine-color-default-color': 'var(--text)',
  '--mantine-color-default-border': 'var(--line)',
  '--mantine-color-disabled': 'var(--sunken)',
  '--mantine-color-disabled-color': 'var(--text3)',
  '--mantine-color-disabled-border': 'var(--line)',
  '--mantine-primary-color-filled': 'var(--accent)',
  '--mantine-primary-color-filled-hover': 'var(--accent)',
  '--mantine-primary-color-light': 'var(--accent-soft)',
  '--mantine-primary-color-light-hover': 'var(--accent-soft)',
  '--mantine-primary-color-light-color': 'var(--accent)',
  '--mantine-primary-color-contrast': 'var(--on-solid)',
  // Mantine's greys have a warmth that ours have not: wells, the raised part in a well, pills.
  '--mantine-color-gray-1': 'var(--sunken)',
  '--mantine-color-dark-8': 'var(--sunken)',
  '--mantine-color-dark-7': 'var(--sunken)',
  '--mantine-color-dark-6': 'var(--sunken)',
  '--mantine-color-dark-5': 'var(--line)',
  '--mantine-color-dark-4': 'var(--line)',
  '--mantine-shadow-md': '0 4px 16px rgb(0 0 0 / 14%), 0 1px 3px rgb(0 0 0 / 10%)',
}

export const cssVariablesResolver: CSSVariablesResolver = () => ({
  variables: {},
  light: { ...variables('light'), ...bridge },
  dark: { ...variables('dark'), ...bridge },
})
