import type { TopicContract } from "@millrace/contracts"
import { outgoing, Publisher } from "@millrace/runtime"
import { Effect, Schema } from "effect"

const Hook = Schema.Struct({ _tag: Schema.Literal("WebhookReceived"), n: Schema.Int, token: Schema.String })
export type Hook = typeof Hook.Type

/** What a test puts into the topic of webhooks, whose own schema is to come. */
export const hooks: TopicContract<Hook> = { name: "webhooks", value: Hook, partitionKey: (key) => key }

export const hook = (n: number): Hook => ({ _tag: "WebhookReceived", n, token: "canary-secret" })

/** Publishes hooks of a workspace, each under a key of its own. */
export const receive = Effect.fnUntraced(function* (workspaceId: string, numbers: ReadonlyArray<number>) {
  const publisher = yield* Publisher
  yield* publisher.publish(numbers.map((n) => outgoing(hooks, { key: `hook-${n}`, value: hook(n), workspaceId })))
})
