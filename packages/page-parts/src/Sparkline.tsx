/** A curve without axes beside the figure that it leads to; the figure says what the curve shows. */
export const Sparkline = ({ values }: { readonly values: ReadonlyArray<number> }) => {
  const width = 72
  const height = 26
  const highest = Math.max(...values, 1e-9)
  const step = width / Math.max(1, values.length - 1)
  const points = values.map(
    (value, n) => `${(n * step).toFixed(1)},${(height - 2 - (value / highest) * (height - 4)).toFixed(1)}`
  )
  if (values.length < 2) return null
  return (
    <svg aria-hidden="true" focusable="false" width={width} height={height} viewBox={`0 0 ${width} ${height}`}>
      <polyline points={points.join(" ")} fill="none" stroke="var(--mantine-color-anchor)" strokeWidth={1.5} />
    </svg>
  )
}
