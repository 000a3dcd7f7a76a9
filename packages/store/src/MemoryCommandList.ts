import { Effect, Layer } from "effect"
import { CommandList, type ListedCommand } from "./CommandList.ts"

/** The list of one process, for tests and replays: the same answers as PostgreSQL, gone with the process. */
export const layerMemoryCommandList = Layer.sync(CommandList, () => {
  const listed = new Map<string, ListedCommand>()
  const isOver = ({ status }: ListedCommand) => status === "refused" || status === "failed"
  return CommandList.of({
    put: (entry) =>
      Effect.sync(() => {
        const before = listed.get(entry.commandId)
        const isNew = before === undefined || before.status !== entry.status || before.reason !== entry.reason
        listed.set(entry.commandId, { ...entry, sinceMs: isNew ? entry.updatedAtMs : before.sinceMs })
        return isNew
      }),
    remove: (commandId) => Effect.sync(() => void listed.delete(commandId)),
    find: (commandId) => Effect.sync(() => listed.get(commandId)),
    list: ({ accountId, limit, status, workspaceId }) =>
      Effect.sync(() =>
        [...listed.values()]
          .filter((one) => (accountId ?? one.accountId) === one.accountId && (status ?? one.status) === one.status)
          .filter((one) => (workspaceId ?? one.workspaceId) === one.workspaceId)
          .sort((one, other) => one.sinceMs - other.sinceMs || (one.commandId < other.commandId ? -1 : 1))
          .slice(0, limit)
      ),
    counts: (workspaceId) =>
      Effect.sync(() => {
        const counts = { pending: 0, unknown: 0, refused: 0, failed: 0 }
        for (const one of listed.values()) if (one.workspaceId === workspaceId) counts[one.status] += 1
        return counts
      }),
    forget: (beforeMs) =>
      Effect.sync(() => {
        const old = [...listed.values()].filter((one) => isOver(one) && one.sinceMs < beforeMs)
        for (const { commandId } of old) listed.delete(commandId)
        return old.length
      })
  })
})
