import { MemberStore, type Workspace } from "@millrace/store"
import { Effect, type Layer } from "effect"
import { Argument, Command, Flag } from "effect/cli"
import { operator } from "./accountParts.ts"
import { explained, misused } from "./CommandFailed.ts"
import { knownWorkspace, type MemberStores, wellFormedId } from "./memberParts.ts"
import { asJson, printed } from "./printed.ts"

type Failure = { readonly message: string }

const workspaceArgument = Argument.String("workspace").pipe(Argument.withDescription("Workspace id"))

const nameOf = (text: string) =>
  /^[^\p{Cc}\p{Cf}]{1,100}$/u.test(text) ? Effect.succeed(text) : misused("The name: expected 1 to 100 characters.")

const workspaceLine = ({ name, workspaceId }: Workspace): string => `${workspaceId}  ${name}`

/** `millrace workspaces …`: the tenants of the installation. Every change is audited. */
export const workspacesCommand = <E extends Failure>(stores: Layer.Layer<MemberStores, E>) => {
  const run = <A, E1 extends Failure, R>(command: Effect.Effect<A, E1, R>) => explained(Effect.provide(command, stores))

  const list = Command.make(
    "list",
    { json: asJson },
    Effect.fnUntraced(function* ({ json }) {
      const all = yield* (yield* MemberStore).workspaces
      yield* printed(json, all, all.map(workspaceLine))
    }, run)
  ).pipe(Command.withDescription("List workspaces; the members of `system` see and steer all of them"))

  const add = Command.make(
    "add",
    {
      workspace: workspaceArgument,
      name: Flag.String("name").pipe(Flag.withDescription("Name that people read")),
      json: asJson
    },
    Effect.fnUntraced(function* (asked) {
      const workspace = { workspaceId: yield* wellFormedId(asked.workspace), name: yield* nameOf(asked.name) }
      const actor = yield* operator
      yield* MemberStore.use((members) => members.createWorkspace(workspace, actor))
      yield* printed(asked.json, workspace, [
        `added: ${workspaceLine(workspace)}`,
        `next: millrace users invite EMAIL --workspace ${workspace.workspaceId} --role admin`
      ])
    }, run)
  ).pipe(Command.withDescription("Add a workspace"))

  const rename = Command.make(
    "rename",
    {
      workspace: workspaceArgument,
      name: Argument.String("name").pipe(Argument.withDescription("Its new name")),
      json: asJson
    },
    Effect.fnUntraced(function* (asked) {
      const before = yield* knownWorkspace(asked.workspace)
      const workspace = { workspaceId: before.workspaceId, name: yield* nameOf(asked.name) }
      const actor = yield* operator
      yield* MemberStore.use((members) => members.renameWorkspace(workspace, actor))
      yield* printed(asked.json, workspace, [`renamed: ${workspaceLine(workspace)} (before: ${before.name})`])
    }, run)
  ).pipe(Command.withDescription("Give a workspace another name; its id stays"))

  return Command.make("workspaces").pipe(
    Command.withDescription("Workspaces: the tenants of the installation"),
    Command.withSubcommands([list, add, rename])
  )
}
