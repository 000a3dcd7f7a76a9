// Foreign boundary: sockets that lead from one port to another.
import { connect, createServer, type Server } from "node:net"
import { Effect } from "effect"

/** A port of ours that leads nowhere until it is opened to another. */
export interface Gate {
  isOpen: boolean
  readonly port: number
}

const portOf = (server: Server): number => {
  const address = server.address()
  return typeof address === "object" && address !== null ? address.port : 0
}

/** A closed gate to a server, until the scope closes: connections to it break at once. */
export const gateTo = (hostname: string, port: number) =>
  Effect.map(
    Effect.acquireRelease(
      Effect.callback<{ readonly gate: Gate; readonly server: Server }>((resume) => {
        const state = { isOpen: false }
        const server = createServer((socket) => {
          socket.on("error", () => socket.destroy())
          if (!state.isOpen) {
            socket.destroy()
            return
          }
          const beyond = connect(port, hostname)
          beyond.on("error", () => socket.destroy())
          socket.pipe(beyond).pipe(socket)
        })
        server.listen(0, "127.0.0.1", () =>
          resume(Effect.succeed({ gate: Object.assign(state, { port: portOf(server) }), server }))
        )
      }),
      ({ server }) => Effect.sync(() => server.close())
    ),
    ({ gate }) => gate
  )

/** A port that nothing listens at. */
export const freePort = Effect.callback<number>((resume) => {
  const server = createServer().listen(0, "127.0.0.1", () => {
    const port = portOf(server)
    server.close(() => resume(Effect.succeed(port)))
  })
})
