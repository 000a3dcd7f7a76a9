// Foreign boundary: a member's process, its lines and its end.
import { type ChildProcess, spawn } from "node:child_process"
import { createInterface } from "node:readline"
import { fileURLToPath } from "node:url"
import type { ClientName } from "./Client.ts"

export interface Stamp {
  readonly partition: number
  readonly sentAt: number
  readonly at: number
  readonly sequence: number
}

export interface MemberPlan {
  readonly client: ClientName
  readonly role: "producer" | "consumer" | "producer+consumer"
  readonly topic: string
  readonly group: string
  readonly brokers: string
  /** Whose records it counts. */
  readonly reads: ClientName
}

const program = fileURLToPath(new URL("memberProgram.ts", import.meta.url))
const running = new Set<ChildProcess>()
process.on("exit", () => {
  for (const child of running) child.kill("SIGKILL")
})

/** A client in a process of its own. */
export class Member {
  readonly client: ClientName
  readonly acknowledged: Array<Stamp> = []
  readonly failed: Array<Stamp> = []
  readonly received: Array<Stamp> = []
  private readonly child: ChildProcess
  private readonly up = Promise.withResolvers<void>()
  private readonly ready = Promise.withResolvers<void>()
  private readonly gone = Promise.withResolvers<void>()

  constructor(plan: MemberPlan) {
    this.client = plan.client
    const args = [plan.client, plan.role, plan.topic, plan.group, plan.brokers, plan.reads]
    const env = { ...process.env, KAFKAJS_NO_PARTITIONER_WARNING: "1", NODE_NO_WARNINGS: "1" }
    this.child = spawn(process.execPath, [program, ...args], { stdio: ["pipe", "pipe", "inherit"], env })
    running.add(this.child)
    this.child.once("exit", () => {
      running.delete(this.child)
      this.gone.resolve()
    })
    this.child.stdin?.on("error", () => {})
    createInterface({ input: this.child.stdout! }).on("line", (line) => this.take(line))
  }

  async join(): Promise<void> {
    await this.up.promise
    this.tell("join")
  }

  async joined(): Promise<void> {
    const late = setTimeout(() => this.ready.reject(new Error(`${this.client} did not join within 150 s`)), 150_000)
    await this.ready.promise
    clearTimeout(late)
  }

  started(): Promise<void> {
    return this.up.promise
  }

  rate(perSecond: number): void {
    this.tell(`rate ${perSecond}`)
  }

  sendOne(): void {
    this.tell("one")
  }

  stop(): Promise<void> {
    this.tell("stop")
    return this.gone.promise
  }

  kill(): Promise<void> {
    this.child.kill("SIGKILL")
    return this.gone.promise
  }

  private tell(line: string): void {
    this.child.stdin?.write(`${line}\n`)
  }

  private take(line: string): void {
    if (line === "up") this.up.resolve()
    if (line === "ready") this.ready.resolve()
    const [kind, partition, sentAt, at, sequence] = line.split(" ")
    const stamp = { partition: Number(partition), sentAt: Number(sentAt), at: Number(at), sequence: Number(sequence) }
    if (kind === "a") this.acknowledged.push(stamp)
    else if (kind === "f") this.failed.push(stamp)
    else if (kind === "r") this.received.push(stamp)
  }
}
