import { existsSync } from "node:fs"
import { homedir } from "node:os"
import { join } from "node:path"
import { Effect } from "effect"
import { runCommand } from "./runCommand.ts"

/** Where engines listen by default; looking there costs nothing, while asking a client takes half a second. */
const sockets = (): ReadonlyArray<string> => {
  const runtime = process.env.XDG_RUNTIME_DIR
  return [
    "/var/run/docker.sock",
    join(homedir(), ".docker", "run", "docker.sock"),
    ...(runtime === undefined ? [] : [join(runtime, "docker.sock"), join(runtime, "podman", "podman.sock")])
  ]
}

/** Whether a container engine answers within three seconds. */
export const containersAnswer: Effect.Effect<boolean> = Effect.suspend(() => {
  const named = process.env.DOCKER_HOST
  if ((named === undefined || named === "") && !sockets().some(existsSync)) return Effect.succeed(false)
  return runCommand("docker", ["version", "--format", "{{.Server.Version}}"]).pipe(
    Effect.map(({ code }) => code === 0),
    Effect.timeoutOrElse({ duration: "3 seconds", orElse: () => Effect.succeed(false) })
  )
})
