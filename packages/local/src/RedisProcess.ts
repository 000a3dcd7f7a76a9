import { mkdirSync } from "node:fs"
import { join } from "node:path"
import { Effect } from "effect"
import { onDisk } from "./onDisk.ts"
import { probeRedis } from "./Probes.ts"
import { report } from "./Progress.ts"
import { runCommand } from "./runCommand.ts"
import { startServer } from "./ServerProcess.ts"
import { type StackSite, serverEnvironment } from "./StackSite.ts"

/** Starts `redis-server` as a process when it is on the PATH; otherwise returns undefined and says so in one line. */
export const startRedis = Effect.fnUntraced(function* (site: StackSite) {
  const { code, lines } = yield* runCommand("redis-server", ["--version"])
  if (code !== 0) {
    yield* report(
      "Redis: no redis-server on the PATH; rate limits are kept in each process. To share them: apt install redis-server."
    )
    return undefined
  }
  const folder = join(site.dataFolder, "redis")
  yield* onDisk("redis", folder, () => mkdirSync(folder, { recursive: true }))
  const port = site.ports.redis
  const url = `redis://127.0.0.1:${port}`
  const version = /v=([\d.]+)/u.exec(lines[0] ?? "")?.[1] ?? ""
  const pid = yield* startServer(site.guard, {
    part: "redis",
    title: `Redis ${version}`,
    address: url,
    dataFolder: folder,
    probe: probeRedis(url),
    spec: {
      name: "redis",
      command: "redis-server",
      // Redis puts its arguments together to lines of a configuration: a path with spaces would break. It keeps its
      // data in the working folder.
      args: ["--bind", "127.0.0.1", "--port", String(port), "--appendonly", "yes", "--save", ""],
      cwd: folder,
      env: serverEnvironment(),
      logFile: join(site.dataFolder, "redis.log"),
      stopSignal: "SIGTERM",
      graceMs: 10_000,
      stopOrder: 2
    }
  })
  return { url, pid }
})
