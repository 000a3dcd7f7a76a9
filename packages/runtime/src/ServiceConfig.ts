import { Config } from "effect"

/** Settings that every service process has. */
export const ServiceConfig = Config.all({
  /** Different for each process of a worker, the same after its restart: names the group of its broadcasts. */
  instance: Config.NonEmptyString("INSTANCE").pipe(Config.withDefault("1"))
})
export type ServiceConfig = Config.Success<typeof ServiceConfig>
