/** What tests of the whole scheduler look at. */
import type { TopicContract } from "@millrace/contracts"
import type { Outgoing } from "@millrace/runtime"
import { Effect } from "effect"
import { deliveryId } from "../src/index.ts"
import { delivered, requests } from "./SchedulerBench.ts"

export const hour = 3_600_000

export const ids = Effect.map(delivered, (records) => records.map(({ headers }) => headers["delivery-id"]))

export const idOf = (timerId: string, revision = 1) => deliveryId({ owner: "flow-runner", timerId, revision })

export const onTestTopic = (record: Outgoing): Outgoing => ({ ...record, contract: requests as TopicContract<unknown> })
