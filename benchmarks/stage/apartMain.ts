import type { ApartCall, ApartReply } from "./apart.ts"

type Callable = (input: unknown) => unknown

const module = (await import(new URL(`../peers/${process.argv[2]}.ts`, import.meta.url).href)) as Record<
  string,
  Callable
>

const reply = (message: ApartReply) => process.send?.(message)

process.on("message", ({ input, name }: ApartCall) => {
  globalThis.gc?.()
  Promise.resolve()
    .then(() => module[name]!(input))
    .then(
      (value) => reply({ _tag: "Done", value }),
      (cause: unknown) =>
        reply({ _tag: "Failed", message: cause instanceof Error ? (cause.stack ?? cause.message) : String(cause) })
    )
})
process.on("disconnect", () => process.exit(0))
