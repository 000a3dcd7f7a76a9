// Foreign boundary: the browser's clock.
import { useInterval } from "@mantine/hooks"
import { useState } from "react"

/** The time, anew each second, for ages that grow while nothing arrives. */
export const useNow = (): number => {
  const [now, setNow] = useState(() => Date.now())
  useInterval(() => setNow(Date.now()), 1_000, { autoInvoke: true })
  return now
}
