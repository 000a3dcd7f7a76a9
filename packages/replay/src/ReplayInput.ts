import type { Account, Position, Rule } from "@millrace/contracts"
import type { LocalExchange, Tick } from "@millrace/simulators"
import { Schema } from "effect"

/** What a replay is given can't be used as it is; the message says where, what was found and what is expected. */
export class InvalidReplay extends Schema.TaggedError<InvalidReplay>()("InvalidReplay", { message: Schema.String }) {
  readonly kind = "permanent"
}

/** One step of a replay, in the order of their times. */
export type ReplayStep =
  | { readonly _tag: "Tick"; readonly atMs: number; readonly tick: Tick }
  /** An account or a rule was changed, or removed: then there is no value. */
  | {
      readonly _tag: "State"
      readonly atMs: number
      readonly key: string
      readonly value: Account | Rule | undefined
      readonly workspaceId: string
    }
  /** Something that was done at the exchange by hand. */
  | { readonly _tag: "ByHand"; readonly atMs: number; readonly act: (market: LocalExchange) => void }

/** What is replayed: where the world stands at the beginning, and what happens to it. */
export interface ReplayInput {
  /** Where the prices come from, in words. */
  readonly source: string
  readonly ticks: number
  readonly first: Tick
  readonly accounts: ReadonlyArray<Account>
  /** Accounts that a step stores for the first time: the market has them, and their money, from the beginning. */
  readonly arriving?: ReadonlyArray<Account>
  readonly rules: ReadonlyArray<Rule>
  /** Positions that the records of account-state show at the beginning; the workers read the others from the market. */
  readonly positions: ReadonlyArray<Position>
  /** Virtual wall time of the beginning, in milliseconds. */
  readonly startMs: number
  /** A market with the accounts' money and positions, and how its positions are called. */
  readonly open: () => { readonly market: LocalExchange; readonly names: ReadonlyMap<string, string> }
  readonly steps: () => Iterable<ReplayStep>
}
