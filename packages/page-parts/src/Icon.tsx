/** Outlines on a field of 24 by 24; decoration only, so readers of the screen skip them. */
const outlines = {
  check: "M5 13l4 4L19 7",
  contrast: "M12 3a9 9 0 1 0 0 18zM12 3a9 9 0 0 1 0 18M12 3v18",
  overview: "M4 4h7v9H4zM13 4h7v5h-7zM13 11h7v9h-7zM4 15h7v5H4z",
  trading: "M4 18l5-6 4 4 7-9M15 7h5v5",
  commands: "M5 5h14v14H5zM8 10l2 2-2 2M12 14h4",
  letters: "M3 6h18v12H3zM3 7l9 7 9-7",
  topics: "M12 4l9 5-9 5-9-5zM3 14l9 5 9-5",
  parked: "M8 5v14M16 5v14",
  timers: "M12 7v5l3 3M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18z",
  controls: "M5 7h9M18 7h1M5 17h1M10 17h9M16 5v4M8 15v4",
  audit: "M7 3h10v18l-5-3-5 3zM10 8h4M10 12h4",
  people: "M9 11a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM2 21c0-4 3-7 7-7s7 3 7 7M16 3a4 4 0 0 1 0 8M22 21c0-3-2-6-5-7",
  key: "M14 10a4 4 0 1 0-3 3l2 2h2v2h2v2h3v-3z",
  user: "M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM5 21c0-4 3-7 7-7s7 3 7 7",
  search: "M10 17a7 7 0 1 0 0-14 7 7 0 0 0 0 14zM15 15l6 6",
  warning: "M12 3l10 18H2zM12 10v5M12 18v.1",
  stop: "M8 3h8l5 5v8l-5 5H8l-5-5V8zM9 9h6v6H9z",
  play: "M7 4l13 8-13 8z",
  pause: "M9 5v14M15 5v14",
  right: "M9 5l7 7-7 7",
  copy: "M8 8h12v12H8zM16 8V4H4v12h4",
  replay: "M4 12a8 8 0 1 0 3-6M4 4v5h5",
  bin: "M4 7h16M9 7V4h6v3M6 7l1 13h10l1-13",
  plus: "M12 5v14M5 12h14"
} as const

export type IconName = keyof typeof outlines

/** A drawing beside a text that says the same. */
export const Icon = ({ name, size = 18 }: { readonly name: IconName; readonly size?: number }) => (
  <svg
    aria-hidden="true"
    focusable="false"
    width={size}
    height={size}
    viewBox="0 0 24 24"
    fill="none"
    stroke="currentColor"
    strokeWidth={2}
    strokeLinecap="round"
    strokeLinejoin="round"
  >
    <path d={outlines[name]} />
  </svg>
)
