/** Tests of a bench: nothing in them waits. */
import { it } from "@effect/vitest"
import { Effect } from "effect"
import { account, Bench, position, rule } from "./fixtures.ts"

export const sync = (name: string, act: () => void) => it.effect(name, () => Effect.sync(act))

export const guarded = () => new Bench([account, rule, position])
