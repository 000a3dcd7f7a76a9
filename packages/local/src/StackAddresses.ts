/** How a part was obtained. */
export type PartOrigin = "environment" | "container" | "process" | "none"

/** Where the four parts answer, how each was obtained, and where their data lies. */
export interface StackAddresses {
  readonly kafkaBrokers: ReadonlyArray<string>
  /** Confluent API, without a slash at the end. */
  readonly registryUrl: string
  /** Holds the password of the local server: for child processes, not for logs. `printable` hides it. */
  readonly databaseUrl: string
  readonly redisUrl: string | undefined
  readonly origins: {
    readonly kafka: PartOrigin
    readonly registry: PartOrigin
    readonly postgres: PartOrigin
    readonly redis: PartOrigin
  }
  /** Everything that stays between runs, first the stack's own folder; removing these removes the data. */
  readonly dataFolders: ReadonlyArray<string>
  /** Process ids of the parts that run as our own processes, as of the start. */
  readonly pids: Readonly<Record<string, number>>
}

/** Returns the variables by which every service finds the stack. */
export const toEnvironment = (stack: StackAddresses): Record<string, string> => ({
  KAFKA_BROKERS: stack.kafkaBrokers.join(","),
  SCHEMA_REGISTRY_URL: stack.registryUrl,
  DATABASE_URL: stack.databaseUrl,
  ...(stack.redisUrl === undefined ? {} : { REDIS_URL: stack.redisUrl })
})

/** Returns an address without its password, for people to read. */
export const printable = (url: string): string => url.replace(/^([a-z+]+:\/\/[^:@/]*):[^@]*@/u, "$1:***@")
