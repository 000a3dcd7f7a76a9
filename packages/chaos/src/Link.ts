import { Schema } from "effect"

/** The state of all connections of a link: `silent` ones stay open and carry nothing; `cut` ones are closed and refused. */
export const LinkState = Schema.Struct({
  way: Schema.Literals(["open", "silent", "cut"]),
  /** Added to each direction. */
  latencyMs: Schema.Finite,
  /** Of each direction of a connection; 0: not limited. */
  bytesPerSecond: Schema.Finite
})
export type LinkState = typeof LinkState.Type

export const openLink: LinkState = { way: "open", latencyMs: 0, bytesPerSecond: 0 }

/** A server and the port in front of it. */
export interface LinkPlan {
  readonly name: string
  readonly listenPort: number
  readonly targetPort: number
}
