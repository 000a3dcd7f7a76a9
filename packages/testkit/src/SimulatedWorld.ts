import { type BrokerEvent, KafkaClient, MemoryKafka, MemoryKafkaControl, type TopicDescription } from "@millrace/kafka"
import { StopProcess } from "@millrace/runtime"
import { randomOfSeed, SimulatedProcess, VirtualTime } from "@millrace/simulators"
import { Context, Effect, Exit, Layer, type Random, Scope } from "effect"
import { brokerHappening } from "./brokerHappening.ts"
import type { Violation } from "./checkHistory.ts"
import type { FaultPlan } from "./FaultPlan.ts"
import { type Happening, History, type Place, partitionName, placeName } from "./History.ts"
import { observedClient, watching } from "./ObservedClient.ts"

/** What a process finds when it starts. */
export interface ProcessPlace {
  readonly client: KafkaClient["Service"]
  readonly record: (happening: Happening) => void
  readonly nowMs: () => number
  /** Ends the process at once, as a kill -9 does; call as the last thing of a turn. */
  readonly die: (of: Place) => void
}

/** A process that the supervisor keeps running: started again after it was killed, stopped or failed. */
export interface Role {
  readonly name: string
  /** Runs in the process; stays up until its scope is closed. */
  readonly start: (place: ProcessPlace) => Effect.Effect<unknown, unknown, Scope.Scope>
}

/** A group and the topics it reads, the most urgent lane first. */
export interface WatchedInput {
  readonly group: string
  readonly topics: ReadonlyArray<string>
}

/** What a world is made of. */
export interface WorldParts {
  readonly seed: string
  readonly topics: ReadonlyArray<TopicDescription>
  readonly roles: ReadonlyArray<Role>
  readonly inputs: ReadonlyArray<WatchedInput>
  /** Topics of which the history notes how far each process has read them; default none. */
  readonly followed?: ReadonlyArray<string>
  readonly plan: FaultPlan
  /** The record that another comes of, where its headers do not say. */
  readonly originOf?: (topic: string, value: string, place: Place) => Place | undefined
}

interface Running {
  readonly process: SimulatedProcess
  readonly scope: Scope.Closeable
}

/** Start of every world: a Monday at noon, so that wall times look like ones. */
const startMs = Date.UTC(2026, 0, 5, 12)
/** How long a supervisor waits for a stopped process before it kills it, and before it starts a failed one again. */
const stopWithinMs = 30_000
const restartAfterMs = 1_000

/**
 * A whole pipeline in one thread and in virtual time: real workers as processes, a broker in memory between them, and a
 * supervisor. Everything that happens goes into the history.
 */
export class SimulatedWorld {
  readonly history = new History()
  readonly time: VirtualTime
  readonly broker: SimulatedProcess
  readonly kafka: KafkaClient["Service"]
  readonly control: MemoryKafkaControl["Service"]
  readonly ends = new Map<string, number>()
  readonly committed = new Map<string, number>()
  /** Origins of parked records without a tombstone. */
  readonly parked = new Set<string>()
  private readonly parts: WorldParts
  private readonly roles: Array<Role> = []
  private readonly running = new Map<string, Running>()
  private readonly stopping = new Set<SimulatedProcess>()
  private readonly heldDown = new Map<string, number>()
  private readonly cuts = new Map<string, number>()
  private readonly starts = new Map<string, number>()

  constructor(parts: WorldParts) {
    this.parts = parts
    this.time = new VirtualTime(startMs, randomOfSeed(`${parts.seed}/turns`))
    this.broker = new SimulatedProcess("", this.time, randomOfSeed(`${parts.seed}/broker`))
    const services = this.finished(this.broker, Layer.build(MemoryKafka.layer))
    this.kafka = Context.get(services, KafkaClient)
    this.control = Context.get(services, MemoryKafkaControl)
    this.finished(this.broker, Effect.orDie(this.kafka.admin.createTopics(parts.topics)))
    this.broker.run(this.control.observe((event) => this.note(event)))
    for (const role of parts.roles) this.add(role)
  }

  get nowMs(): number {
    return this.time.nowMs - startMs
  }

  random(purpose: string): Random.Random {
    return randomOfSeed(`${this.parts.seed}/${purpose}`)
  }

  /** Does something at a time, in milliseconds since the world began. */
  at(ms: number, act: () => void): void {
    this.time.at(startMs + ms, act)
  }

  /** Lets everything happen until a time, in milliseconds since the world began. */
  runUntil(ms: number): void {
    this.time.runUntil(startMs + ms)
  }

  /**
   * A call to something outside of all processes: it happens after its way there whatever becomes of the caller, and the
   * answer comes after its way back, if the caller still lives.
   */
  outside<A, E>(thereMs: number, backMs: number, act: () => Exit.Exit<A, E>): Effect.Effect<A, E> {
    return Effect.withFiber((fiber) =>
      Effect.callback<A, E>((resume) => {
        this.at(this.nowMs + thereMs, () => {
          const exit = act()
          this.at(this.nowMs + backMs, () => fiber.currentDispatcher.scheduleTask(() => resume(exit), 0))
        })
      })
    )
  }

  /** Lets faults and work happen, then waits until everything is finished and committed; what is not, is returned. */
  runToRest(phases: { readonly healedMs: number; readonly deadlineMs: number }): ReadonlyArray<Violation> {
    this.runUntil(phases.healedMs)
    while (this.unsettled.length > 0 && this.nowMs < phases.deadlineMs) this.runUntil(this.nowMs + 5_000)
    return this.unsettled.map((detail) => ({
      rule: "never_at_rest",
      at: this.nowMs,
      event: this.history.events.length,
      detail
    }))
  }

  record(process: string, happening: Happening): void {
    this.history.add(this.nowMs, process, happening)
  }

  /** Names of the partitions that still have records to be finished and committed. */
  get unsettled(): ReadonlyArray<string> {
    const parked = [...this.parked].map((place) => `${place} is parked`)
    const behind = this.parts.inputs.flatMap(({ group, topics }) =>
      [...this.ends].flatMap(([partition, end]) =>
        topics.includes(partition.slice(0, partition.lastIndexOf("/"))) &&
        (this.committed.get(`${group} ${partition}`) ?? 0) < end
          ? [`${group} ${partition}: ${this.committed.get(`${group} ${partition}`) ?? 0} of ${end}`]
          : []
      )
    )
    return [...behind, ...parked]
  }

  get inputs(): ReadonlyArray<WatchedInput> {
    return this.parts.inputs
  }

  get compacted(): ReadonlyArray<string> {
    return this.parts.topics.filter(({ config }) => config["cleanup.policy"] === "compact").map(({ topic }) => topic)
  }

  /** Deletes what every group that reads it has committed, as retention may. */
  deleteCommitted(): void {
    for (const { group, topics } of this.parts.inputs) {
      for (const [partition, end] of this.ends) {
        const cut = partition.lastIndexOf("/")
        const topic = partition.slice(0, cut)
        if (!topics.includes(topic)) continue
        const below = Math.min(end, this.committed.get(`${group} ${partition}`) ?? 0)
        const offsets = [{ partition: Number(partition.slice(cut + 1)), offset: below }]
        this.broker.run(Effect.ignore(this.kafka.admin.deleteRecords(topic, offsets)))
      }
    }
  }

  roleAt(index: number): Role {
    return this.roles[index % this.roles.length]!
  }

  /** Adds a process that the supervisor keeps running from now on. */
  add(role: Role): void {
    this.roles.push(role)
    this.start(role)
  }

  /** Builds a service that lives outside of all processes, with the broker. */
  built<Id, Service>(layer: Layer.Layer<Id>, service: Context.Key<Id, Service>): Service {
    return Context.get(this.finished(this.broker, Layer.build(layer)), service)
  }

  kill(role: Role): void {
    this.end(role, "killed")
  }

  /** Asks the process to stop, as SIGTERM does; kills it when it takes too long. */
  stop(role: Role): void {
    const found = this.running.get(role.name)
    if (found === undefined || this.stopping.has(found.process)) return
    const { process, scope } = found
    this.stopping.add(process)
    this.record(process.name, { type: "ended_process", how: "asked to stop" })
    const ended = Effect.sync(() => this.endIf(role, process, "stopped"))
    process.run(Effect.ensuring(Scope.close(scope, Exit.void), ended))
    this.at(this.nowMs + stopWithinMs, () => this.endIf(role, process, "killed, as it did not stop"))
  }

  freeze(role: Role, forMs: number): void {
    const process = this.running.get(role.name)?.process
    process?.freeze()
    this.at(this.nowMs + forMs, () => process?.thaw())
  }

  /** Counts, so that faults may overlap: the process is cut off while any of them lasts. */
  cut(role: Role, change: 1 | -1): void {
    this.cuts.set(role.name, (this.cuts.get(role.name) ?? 0) + change)
    this.connect(role)
  }

  /** Counts, so that faults may overlap: the process is started when none holds it down. */
  hold(role: Role, change: 1 | -1): void {
    this.heldDown.set(role.name, (this.heldDown.get(role.name) ?? 0) + change)
    if (change < 0) this.start(role)
  }

  private start(role: Role): void {
    if (this.running.has(role.name) || (this.heldDown.get(role.name) ?? 0) > 0) return
    const count = (this.starts.get(role.name) ?? 0) + 1
    this.starts.set(role.name, count)
    const name = `${role.name}#${count}`
    const process = new SimulatedProcess(name, this.time, this.random(name))
    const scope = Scope.makeUnsafe()
    this.running.set(role.name, { process, scope })
    this.record(name, { type: "started_process", how: `start ${count}` })
    this.connect(role)
    const record = (happening: Happening) => this.record(name, happening)
    const { followed = [], inputs } = this.parts
    const client = observedClient(this.control.client(name), watching(inputs, followed, record))
    const fails = (why: string) => this.fail(role, process, why)
    const die = (of: Place) => {
      record({ type: "died", ...of })
      this.endIf(role, process, "died of a record")
    }
    process.run(
      role.start({ client, record, nowMs: () => this.nowMs, die }).pipe(
        Effect.provideService(StopProcess, ({ message }) => fails(message)),
        Effect.provideService(Scope.Scope, scope),
        Effect.catchCause((cause) => Effect.sync(() => fails(String(cause))))
      )
    )
  }

  private fail(role: Role, process: SimulatedProcess, why: string): void {
    if (!this.endIf(role, process, `failed: ${why}`)) return
    this.at(this.nowMs + restartAfterMs, () => this.start(role))
  }

  private endIf(role: Role, process: SimulatedProcess, how: string): boolean {
    return this.running.get(role.name)?.process === process && this.end(role, how)
  }

  private end(role: Role, how: string): boolean {
    const found = this.running.get(role.name)
    if (found === undefined) return false
    found.process.kill()
    this.running.delete(role.name)
    this.record(found.process.name, { type: "ended_process", how })
    this.at(this.nowMs, () => this.start(role))
    return true
  }

  private connect(role: Role): void {
    const process = this.running.get(role.name)?.process
    if (process === undefined) return
    this.broker.run(this.control.setConnected(process.name, (this.cuts.get(role.name) ?? 0) === 0))
  }

  private note(event: BrokerEvent): void {
    const seen = brokerHappening(event, this.parts.originOf)
    if (seen === undefined) return
    const { happening, process } = seen
    if (happening.type === "committed") {
      this.committed.set(`${happening.group} ${partitionName(happening)}`, happening.offset)
    } else if (happening.type === "appended") this.ends.set(partitionName(happening), happening.offset + 1)
    else if (happening.type === "parked") this.parked.add(placeName(happening))
    else if (happening.type === "unparked") this.parked.delete(placeName(happening))
    this.record(process, happening)
  }

  /** Runs something that takes no time to its end. */
  private finished<A>(process: SimulatedProcess, effect: Effect.Effect<A, never, Scope.Scope>): A {
    let exit: Exit.Exit<A> | undefined
    const scope = Scope.makeUnsafe()
    process.run(Effect.map(Effect.exit(Effect.provideService(effect, Scope.Scope, scope)), (ended) => (exit = ended)))
    this.time.runUntil(this.time.nowMs)
    if (exit === undefined || !Exit.isSuccess(exit)) throw new Error("The simulated world could not be made")
    return exit.value
  }
}
