import { fork } from "node:child_process"
import { fileURLToPath } from "node:url"

/** A peer in a process of its own: its compiled code, garbage and memory are not those of the others. */
export interface Apart {
  /** Calls an exported function of the module and gives its result. Rejects with its failure, or when the process ends. */
  readonly call: <A>(name: string, input: unknown) => Promise<A>
  readonly close: () => Promise<void>
}

/** What goes to the process, and what comes back. */
export interface ApartCall {
  readonly name: string
  readonly input: unknown
}
export type ApartReply =
  | { readonly _tag: "Done"; readonly value: unknown }
  | { readonly _tag: "Failed"; readonly message: string }

const main = fileURLToPath(new URL("apartMain.ts", import.meta.url))

/** Starts a process for a module of `benchmarks/peers`; `profile` names a folder for its processor profile. */
export const startApart = (module: string, profile?: string): Apart => {
  const options = profile === undefined ? [] : ["--cpu-prof", `--cpu-prof-dir=${profile}`]
  const child = fork(main, [module], {
    execArgv: [...options, "--expose-gc", "--disable-warning=TimeoutNegativeWarning"],
    env: { ...process.env, KAFKAJS_NO_PARTITIONER_WARNING: "1" },
    serialization: "advanced"
  })
  const ended = new Promise<number | null>((resolve) => child.once("exit", resolve))
  const call = <A>(name: string, input: unknown): Promise<A> =>
    new Promise((resolve, reject) => {
      const onExit = (code: number | null) => reject(new Error(`The process of ${module} ended with code ${code}`))
      child.once("exit", onExit)
      child.once("message", (reply: ApartReply) => {
        child.off("exit", onExit)
        if (reply._tag === "Done") resolve(reply.value as A)
        else reject(new Error(`${module} ${name}: ${reply.message}`))
      })
      child.send({ name, input } satisfies ApartCall)
    })
  const close = async () => {
    if (child.connected) child.disconnect()
    await ended
  }
  return { call, close }
}
