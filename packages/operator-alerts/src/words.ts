/** A time span in the largest unit that says enough. */
export const age = (ms: number): string => {
  const seconds = Math.max(0, Math.round(ms / 1000))
  if (seconds < 120) return `${seconds} s`
  if (seconds < 7_200) return `${Math.round(seconds / 60)} min`
  return seconds < 172_800 ? `${Math.round(seconds / 3_600)} h` : `${Math.round(seconds / 86_400)} days`
}

/** A count with its thousands set apart. */
export const count = (n: number): string => n.toLocaleString("en-US")

/** A share as a percentage. */
export const percent = (share: number): string => `${Math.round(share * 1000) / 10} %`
