import { assert, it } from "@effect/vitest"
import { StoreError } from "@millrace/store"
import { Effect } from "effect"

const messageOf = (cause: unknown) => new StoreError({ operation: "mark the database", cause }).message

it.effect("says why, whatever the cause is", () =>
  Effect.sync(() => {
    const bare: unknown = Object.assign(Object.create(null), { code: "ECONNREFUSED" })
    const unwilling = {
      toString: () => {
        throw new Error("no words")
      }
    }
    assert.deepStrictEqual([new Error("connection refused"), "connection lost", bare, undefined].map(messageOf), [
      "PostgreSQL: could not mark the database: connection refused",
      "PostgreSQL: could not mark the database: connection lost",
      'PostgreSQL: could not mark the database: {"code":"ECONNREFUSED"}',
      "PostgreSQL: could not mark the database: undefined"
    ])
    assert.include(messageOf(unwilling), "PostgreSQL: could not mark the database: ")
  })
)
