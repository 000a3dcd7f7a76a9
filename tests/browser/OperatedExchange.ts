// Foreign boundary: the simulator's control port, which tests set prices and faults by.
import type { DashboardRun } from "./DashboardRun.ts"

/** The simulated exchange of a run, with what a test does to it. The feed never starts: each price is set by the test. */
export const operateExchange = (run: DashboardRun) => {
  const url = run.services.find(({ name }) => name === "simulator")!.healthUrl
  let minutes = 0
  const post = async (path: string, body: unknown): Promise<never> => {
    const headers = { "content-type": "application/json" }
    const answer = await fetch(`${url}${path}`, { method: "POST", headers, body: JSON.stringify(body) })
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`)
    return (await answer.json().catch(() => null)) as never
  }
  return {
    /** The next minute's price; the stream tells changes only. */
    price: (price: number) => {
      minutes += 1
      return post("/price", { price: price + (minutes % 2), timeMs: 1_700_000_000_000 + minutes * 60_000 })
    },
    /** The reply to the next request of this route never comes back. */
    holdReply: (route: string) => post("/faults", { kind: "hold_reply", route, times: 1 }),
    refuse: (route: string) => post("/faults", { kind: "status", status: 503, route }),
    clearFaults: () => fetch(`${url}/faults`, { method: "DELETE" }),
    /** Waits until the exchange holds a reply. */
    replyHeld: async () => {
      for (;;) {
        const { replies } = (await (await fetch(`${url}/replies`)).json()) as { replies: ReadonlyArray<unknown> }
        if (replies.length > 0) return
        await new Promise((resolve) => setTimeout(resolve, 50))
      }
    },
    /** Moves every position's margin, so that it proves nothing any more. */
    funding: (rate: number) => post("/funding", { rate }),
    deposit: async (account: string, amount: number) => {
      const { id } = (await post("/deposits/on-chain", { account, amount })) as { id: string }
      await post("/deposits/confirm", { id })
    }
  }
}
