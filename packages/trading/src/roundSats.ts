/**
 * Rounds an amount to whole satoshis: to the nearest, halves away from zero, so that a gain and the same loss round
 * alike. The only place where satoshis are rounded; decisions use unrounded figures.
 */
export const roundSats = (sats: number): number => {
  const rounded = sats < 0 ? -Math.round(-sats) : Math.round(sats)
  return rounded === 0 ? 0 : rounded
}
