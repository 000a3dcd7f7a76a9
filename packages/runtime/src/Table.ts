import { type RecordCodec, type TopicContract, TopicsFile } from "@millrace/contracts"
import { Effect } from "effect"
import { makeRecordDecoder } from "./RecordDecoder.ts"
import { TableIntake } from "./TableIntake.ts"
import { TableRows } from "./TableRows.ts"
import type { Table, TableSpec } from "./Worker.ts"

/** What the worker gives a table when it starts to fill it. */
export interface TableHost {
  readonly onReady: () => void
  readonly onDefect: (defect: unknown) => void
}

/** A table that a worker fills once it runs; give it to `runWorker` and to the handlers. */
export interface TableHandle<A> extends Table<A> {
  readonly contract: TopicContract<unknown>
  readonly scope: TableSpec<A>["scope"]
  /** For `runWorker`: starts filling. */
  readonly open: (host: TableHost) => Effect.Effect<Intaking, never, RecordCodec | TopicsFile>
}

/** A table being filled. */
export type Intaking = Pick<
  TableIntake<unknown>,
  | "topics"
  | "continueAt"
  | "assign"
  | "batch"
  | "stop"
  | "idle"
  | "release"
  | "lost"
  | "committable"
  | "ready"
  | "figures"
>

/** Makes an empty table; it is filled once a worker runs with it. */
export const makeTable = <A>(spec: TableSpec<A>): Effect.Effect<TableHandle<A>> =>
  Effect.sync(() => {
    const rows = new TableRows<A>(spec.indexes ?? {})
    return {
      get: rows.get,
      workspaceOf: rows.workspaceOf,
      lookup: rows.lookup,
      entries: () => rows.entries(),
      size: rows.size,
      partitions: rows.partitions,
      contract: spec.contract as TopicContract<unknown>,
      scope: spec.scope,
      open: (host) =>
        Effect.gen(function* () {
          const decoder = yield* makeRecordDecoder(spec.contract)
          const context = yield* Effect.context<never>()
          const topics = yield* TopicsFile
          const lane = topics.lanesOf(spec.contract.name).find((lane) => lane.isDefault)
          return new TableIntake({ topic: lane?.topic ?? spec.contract.name, spec, rows, decoder, context, ...host })
        })
    }
  })
