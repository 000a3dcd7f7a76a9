// Foreign boundary: latency is measured on the machine's own clock, beside any clock of Effect or of the market.

/** Wall time in milliseconds with a sub-millisecond fraction. */
export const wallNowMs = (): number => performance.timeOrigin + performance.now()
