import { homedir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { Config, Duration, Option } from "effect"

/** The folder that holds package.json of the whole. */
export const checkoutFolder = fileURLToPath(new URL("../../../", import.meta.url))

const optional = <A>(config: Config.Config<A>) => Config.map(Config.option(config), Option.getOrUndefined)
const port = (name: string) => optional(Config.Port(name))

/** What the environment says about the local stack. */
export const StackConfig = Config.all({
  /** Servers to use instead of starting our own; each must answer. */
  kafkaBrokers: optional(Config.String("KAFKA_BROKERS")),
  registryUrl: optional(Config.String("SCHEMA_REGISTRY_URL")),
  databaseUrl: optional(Config.String("DATABASE_URL")),
  redisUrl: optional(Config.String("REDIS_URL")),
  /** Fixed ports; without them free ones are chosen and kept between runs. */
  ports: Config.all({
    kafka: port("MILLRACE_KAFKA_PORT"),
    controller: port("MILLRACE_CONTROLLER_PORT"),
    registry: port("MILLRACE_REGISTRY_PORT"),
    postgres: port("MILLRACE_POSTGRES_PORT"),
    redis: port("MILLRACE_REDIS_PORT")
  }),
  /** Data of the stack; default `<checkout>/.millrace/default`. */
  dataFolder: optional(Config.String("MILLRACE_DATA")),
  /** Downloads, shared by all checkouts; default $XDG_CACHE_HOME/millrace or ~/.cache/millrace. */
  cacheFolder: optional(Config.String("MILLRACE_CACHE")),
  xdgCacheHome: optional(Config.String("XDG_CACHE_HOME")),
  /** A service that gives no good answer of `/live` for this long is killed and started again; 0 never does. */
  notLiveAfter: Config.Duration("MILLRACE_NOT_LIVE_AFTER").pipe(Config.withDefault(Duration.seconds(15))),
  /** `never` starts processes even where a container engine answers; `auto` uses it when it answers quickly. */
  containers: Config.Literals(["auto", "never"], "MILLRACE_CONTAINERS").pipe(Config.withDefault("auto" as const))
})
export type StackConfig = Config.Success<typeof StackConfig>

/** Returns the folder that keeps downloads. */
export const cacheFolderOf = (config: Pick<StackConfig, "cacheFolder" | "xdgCacheHome">): string =>
  config.cacheFolder ?? join(config.xdgCacheHome ?? join(homedir(), ".cache"), "millrace")

/** Returns the data folder of a stack: as asked, else as the environment says, else below the checkout. */
export const dataFolderOf = (config: Pick<StackConfig, "dataFolder">, asked: string | undefined): string =>
  asked ?? config.dataFolder ?? join(checkoutFolder, ".millrace", "default")
