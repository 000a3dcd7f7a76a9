import { Context, Layer } from "effect"
import type { StackAddresses } from "./StackAddresses.ts"
import { type StackOptions, startStack } from "./startStack.ts"

/** The running local stack. */
export class Stack extends Context.Service<Stack, StackAddresses>()("@millrace/local/Stack") {
  /** Finds or starts the stack; stops what it started with the layer's scope. */
  static readonly layer = (options: StackOptions = {}) => Layer.effect(Stack, startStack(options))
}
