/**
 * Sends `count` records at an even pace, whatever the answers' delay, and gives each one's intended time.
 *
 * A record that is sent late counts from the time at which it should have been sent, so that a stall is not left out
 * (coordinated omission). Times are of `performance.now()`; the pace begins one interval after the call.
 */
export const openLoop = async (
  count: number,
  ratePerSecond: number,
  send: (index: number) => Promise<unknown>
): Promise<Float64Array> => {
  const startedAt = performance.now() + 1_000 / ratePerSecond
  const intended = Float64Array.from({ length: count }, (_, index) => startedAt + (index * 1_000) / ratePerSecond)
  const sends: Array<Promise<unknown>> = []
  for (let next = 0; next < count; ) {
    const now = performance.now()
    while (next < count && intended[next]! <= now) {
      sends.push(send(next))
      next += 1
    }
    if (next < count)
      await new Promise((resolve) => setTimeout(resolve, Math.max(0, intended[next]! - performance.now())))
  }
  await Promise.all(sends)
  return intended
}
