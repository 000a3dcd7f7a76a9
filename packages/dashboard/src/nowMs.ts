// Foreign boundary: the browser's clock.

/** The browser's wall time, in milliseconds. */
export const nowMs = (): number => Date.now()
