/** Answers of requests that were applied and whose replies wait. */
export interface HeldReply {
  readonly route: string
  readonly account: string | undefined
  readonly status: number
  readonly heldAtMs: number
}

export interface HeldReplies {
  readonly hold: (reply: HeldReply, send: () => void) => string
  /** Forgets a reply whose connection is gone. */
  readonly drop: (id: string) => void
  /** Sends one, or all; gives how many were sent. */
  readonly release: (id?: string) => number
  readonly list: () => ReadonlyArray<HeldReply & { readonly id: string }>
}

export const makeHeldReplies = (): HeldReplies => {
  const held = new Map<string, { readonly reply: HeldReply; readonly send: () => void }>()
  let count = 0
  return {
    hold: (reply, send) => {
      count += 1
      held.set(`held-${count}`, { reply, send })
      return `held-${count}`
    },
    drop: (id) => void held.delete(id),
    release: (id) => {
      const chosen = [...held].filter(([each]) => id === undefined || each === id)
      for (const [each, { send }] of chosen) {
        held.delete(each)
        send()
      }
      return chosen.length
    },
    list: () => [...held].map(([id, { reply }]) => ({ id, ...reply }))
  }
}
