import {
  checkSchemas,
  defaultSchemaFolder,
  generateSchemas,
  type RegisteredSchema,
  registerSchemas,
  type SchemaDrift,
  schemaDrift
} from "@millrace/administration"
import type { SchemaRegistry } from "@millrace/contracts"
import { Effect, type Layer } from "effect"
import { Command, Flag } from "effect/cli"
import { CommandFailed, explained } from "./CommandFailed.ts"
import { asJson, printed } from "./printed.ts"

const folder = Flag.String("folder").pipe(
  Flag.withDescription("Folder of the generated schemas"),
  Flag.withDefault(defaultSchemaFolder)
)
const offline = Flag.Boolean("offline").pipe(
  Flag.withDescription("Compare the files only; ask no registry"),
  Flag.withDefault(false)
)

const driftLine = ({ file, state }: SchemaDrift): string =>
  `${state === "superfluous" ? "-" : "~"} schemas/${file}  ${state}`

const stateLine = ({ subject, state, compatible, id }: RegisteredSchema): string =>
  `${compatible ? " " : "!"} ${subject}  ${state}${id === undefined ? "" : `, id ${id}`}${
    compatible ? "" : ": older records could not be read with it"
  }`

/** `millrace schemas generate|check|register`. Exit code of `check`: 1 when files differ or a schema is incompatible. */
export const schemasCommand = <E extends { readonly message: string }>(registry: Layer.Layer<SchemaRegistry, E>) => {
  const generate = Command.make(
    "generate",
    { json: asJson, folder },
    Effect.fnUntraced(function* ({ json, folder }) {
      const written = yield* generateSchemas(folder)
      yield* printed(json, written, [...written.map(driftLine), `${written.length} files written or removed`])
    }, explained)
  ).pipe(Command.withDescription("Write the JSON Schemas of all topics to the folder schemas"))

  const check = Command.make(
    "check",
    { json: asJson, folder, offline },
    Effect.fnUntraced(
      function* ({ json, folder, offline }) {
        const drift = yield* schemaDrift(folder)
        const states = offline ? [] : yield* checkSchemas.pipe(Effect.provide(registry))
        const sound = drift.length === 0 && states.every((state) => state.compatible)
        yield* printed(json, { sound, drift, states }, [
          ...drift.map(driftLine),
          ...states.map(stateLine),
          drift.length === 0 ? "schemas/ is up to date" : "Run `millrace schemas generate` and commit the result."
        ])
        if (!sound) return yield* new CommandFailed({ exitCode: 1, reason: "schemas differ" })
      },
      (effect) => explained(effect)
    )
  ).pipe(Command.withDescription("Compare the code's schemas with the folder schemas and with the registry"))

  const register = Command.make(
    "register",
    { json: asJson },
    Effect.fnUntraced(
      function* ({ json }) {
        const states = yield* registerSchemas
        yield* printed(json, states, states.map(stateLine))
      },
      (effect) => explained(Effect.provide(effect, registry))
    )
  ).pipe(Command.withDescription("Register the schemas that the registry does not have yet"))

  return Command.make("schemas").pipe(
    Command.withDescription("JSON Schemas of the topics' values"),
    Command.withSubcommands([generate, check, register])
  )
}
