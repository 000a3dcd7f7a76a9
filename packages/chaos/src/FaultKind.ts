/** What a fault does to the running whole. */
export interface FaultKind {
  readonly about: string
  /** Shortest and longest time from its beginning to its end, in seconds; 0: it is one event. */
  readonly seconds: readonly [shortest: number, longest: number]
  /** Brokers that the cluster must have for it. */
  readonly brokers?: number
  /** Only when asked for by name. */
  readonly optional?: boolean
}

/** Every fault of the suite. */
export const faultKinds = {
  "worker-killed": { about: "kill -9 of a worker; its supervisor starts it again", seconds: [0, 0] },
  "worker-frozen": { about: "SIGSTOP of a worker beyond the session timeout, then SIGCONT", seconds: [13, 16] },
  "worker-replaced": { about: "SIGTERM of a worker, as in a deployment; it is started again", seconds: [0, 0] },
  "broker-killed": { about: "kill -9 of a broker, started again on its data", seconds: [4, 10] },
  "broker-frozen": { about: "SIGSTOP of a broker until the others have replaced it", seconds: [8, 14], brokers: 3 },
  "broker-slow": { about: "300 ms and 64 KiB/s on all connections to a broker", seconds: [8, 12] },
  "broker-cut": { about: "all connections to a broker cut, new ones refused", seconds: [4, 10] },
  "broker-silent": { about: "connections to a broker stay open and carry nothing", seconds: [8, 14] },
  "broker-disk-full": { about: "no space left under a broker's records", seconds: [5, 8], brokers: 3 },
  "postgres-killed": { about: "kill -9 of PostgreSQL, kept away, then back", seconds: [4, 8] },
  "postgres-silent": { about: "connections to PostgreSQL stay open and carry nothing", seconds: [5, 10] },
  "registry-down": {
    about: "the registry is away, and a worker is killed and has to start without it",
    seconds: [6, 10]
  },
  "redis-down": { about: "kill -9 of Redis, kept away, then back", seconds: [4, 8] },
  "replies-lost": { about: "the effect is applied, then its connection is closed without a reply", seconds: [5, 10] },
  "storm-429": { about: "every effect is refused with 429 and Retry-After", seconds: [5, 10] },
  "storm-503": { about: "every effect is refused with 503", seconds: [5, 10] },
  "effects-hang": { about: "requests hang longer than the worker waits, and may be applied late", seconds: [5, 10] },
  "poison-burst": { about: "records without a decodable value and records that always fail", seconds: [0, 0] },
  "killer-record": { about: "a record whose handler ends its process, each time", seconds: [0, 0], optional: true }
} as const satisfies Readonly<Record<string, FaultKind>>

export type FaultName = keyof typeof faultKinds
export const faultNames = Object.keys(faultKinds) as ReadonlyArray<FaultName>

export const isFaultName = (name: string): name is FaultName => Object.hasOwn(faultKinds, name)

/** The faults that a cluster of so many brokers can have, without those to be asked for by name. */
export const faultsFor = (brokers: number): ReadonlyArray<FaultName> =>
  faultNames.filter((name) => {
    const kind: FaultKind = faultKinds[name]
    return kind.optional !== true && brokers >= (kind.brokers ?? 1)
  })
