// Foreign boundary: the hot codec; JSON.parse and TextDecoder tell of bad input by throwing.
import { Result, Schema, SchemaAST } from "effect"
import * as SchemaJITCompiler from "effect/schema/SchemaJITCompiler"
import type { TopicContract } from "./TopicContract.ts"
import { jsonOf } from "./WireFormat.ts"

/** A contract's schema as two plain functions; failures are texts that name the place, never the value. */
export interface CompiledSchema<A> {
  /** Closed: a key that the schema does not name is refused, so that nothing undeclared is ever produced. */
  readonly toJson: (value: A) => Result.Result<string, string>
  /** Tolerant: ignores keys that a newer writer may have added. Takes a framed value. */
  readonly fromBytes: (bytes: Uint8Array) => Result.Result<A, string>
}

/**
 * Compiles a contract's schema for the hot path; where code can't be generated, Effect's interpreter does the same.
 *
 * Compiled, an encode or decode costs about as much as JSON itself (see the package's README for figures).
 */
export const compileSchema = <A>(contract: TopicContract<A>): CompiledSchema<A> => {
  const ast = contract.value.ast
  SchemaJITCompiler.enable(ast)
  const flipped = SchemaAST.flip(ast)
  if (flipped !== ast) SchemaJITCompiler.enable(flipped)
  const encode = Schema.encodeUnknownResult(contract.value, { onExcessProperty: "error" })
  const decode = Schema.decodeUnknownResult(contract.value)
  return {
    toJson: (value) => {
      const encoded = encode(value)
      if (Result.isFailure(encoded)) return Result.fail(encoded.failure.message)
      try {
        return Result.succeed(JSON.stringify(encoded.success))
      } catch {
        return Result.fail("Expected a value that JSON can hold")
      }
    },
    fromBytes: (bytes) => {
      let json: unknown
      try {
        json = JSON.parse(jsonOf(bytes))
      } catch (cause) {
        return Result.fail(cause instanceof SyntaxError ? "Expected JSON after the frame" : "Expected UTF-8 text")
      }
      const decoded = decode(json)
      return Result.isFailure(decoded) ? Result.fail(decoded.failure.message) : (decoded as Result.Success<A, never>)
    }
  }
}
