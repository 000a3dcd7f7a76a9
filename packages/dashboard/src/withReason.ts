/** What a reason adds to a payload; nothing where nobody gave one. */
export const withReason = (reason: string) => (reason.trim() === "" ? {} : { reason: reason.trim() })
