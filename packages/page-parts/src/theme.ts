import { type CSSVariablesResolver, createTheme } from "@mantine/core"

/** Colours and shapes of the page. Shades are chosen so that text keeps a contrast of 4.5 in both colour schemes. */
export const theme = createTheme({
  primaryColor: "cyan",
  primaryShade: 9,
  autoContrast: true,
  respectReducedMotion: true,
  luminanceThreshold: 0.35,
  defaultRadius: "md",
  cursorType: "pointer",
  fontFamily: "system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', 'DejaVu Sans', sans-serif",
  fontFamilyMonospace: "ui-monospace, 'Cascadia Code', Menlo, Consolas, 'DejaVu Sans Mono', monospace",
  headings: { fontWeight: "650", sizes: { h1: { fontSize: "1.5rem" }, h2: { fontSize: "1.15rem" } } }
})

/** Mantine's dimmed and error texts are too faint on white for a contrast of 4.5. */
export const variables: CSSVariablesResolver = () => ({
  variables: {},
  light: {
    "--mantine-color-dimmed": "#5b6470",
    "--mantine-color-error": "#b3261e",
    "--mantine-color-placeholder": "#6b7280",
    "--mantine-color-anchor": "#0b6577",
    "--millrace-good": "#1b7a3d",
    "--millrace-warning": "#8a5300",
    "--millrace-bad": "#b3261e",
    "--millrace-surface": "#f5f7f8"
  },
  dark: {
    "--mantine-color-dimmed": "#a3acb8",
    "--mantine-color-error": "#ff8f87",
    "--mantine-color-placeholder": "#8e97a3",
    "--mantine-color-anchor": "#66d9e8",
    "--mantine-color-body": "#14181d",
    "--millrace-good": "#69db7c",
    "--millrace-warning": "#ffc078",
    "--millrace-bad": "#ff8f87",
    "--millrace-surface": "#1b2027"
  }
})
