import { useRef } from "react"

const kept = 60

/** The values that a figure had since the page was opened, one for each `at`, the last sixty of them. */
export const useTrail = (at: number, value: number): ReadonlyArray<number> => {
  const trail = useRef<{ readonly at: number; readonly values: ReadonlyArray<number> }>({ at: Number.NaN, values: [] })
  if (trail.current.at !== at) trail.current = { at, values: [...trail.current.values, value].slice(-kept) }
  return trail.current.values
}
