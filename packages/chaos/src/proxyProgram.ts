// Foreign boundary: the connections between clients and servers, as a process that can spoil them.
import type { IncomingMessage, ServerResponse } from "node:http"
import { connect, createServer, type Socket } from "node:net"
import { answer, bodyOf, listen } from "./ControlServer.ts"
import { type LinkPlan, type LinkState, openLink } from "./Link.ts"
import { Pipe } from "./Pipe.ts"

interface Link {
  state: LinkState
  readonly sockets: Set<Socket>
  readonly pipes: Set<Pipe>
}

const links = new Map<string, Link>()

const join = (link: Link, targetPort: number) => (client: Socket) => {
  if (link.state.way === "cut") {
    client.resetAndDestroy()
    return
  }
  const server = connect({ port: targetPort, host: "127.0.0.1", allowHalfOpen: true })
  const pipes = [new Pipe(client, server, () => link.state), new Pipe(server, client, () => link.state)]
  for (const pipe of pipes) link.pipes.add(pipe)
  for (const socket of [client, server]) {
    socket.setNoDelay(true)
    link.sockets.add(socket)
    // The other side learns of it by the pipe, in its turn.
    socket.on("error", () => socket.destroy())
    socket.on("close", () => {
      link.sockets.delete(socket)
      if (client.closed && server.closed) for (const pipe of pipes) link.pipes.delete(pipe)
    })
  }
}

const open = (plan: LinkPlan): Promise<void> =>
  new Promise((resolve) => {
    const link: Link = { state: openLink, sockets: new Set(), pipes: new Set() }
    links.set(plan.name, link)
    createServer({ allowHalfOpen: true }, join(link, plan.targetPort)).listen(plan.listenPort, "127.0.0.1", resolve)
  })

const change = (link: Link, state: LinkState): void => {
  link.state = state
  if (state.way === "cut") for (const socket of link.sockets) socket.resetAndDestroy()
  for (const pipe of link.pipes) pipe.stateChanged()
}

/** POST /NAME with a state. */
const handle = async (request: IncomingMessage, response: ServerResponse) => {
  const link = links.get((request.url ?? "/").slice(1))
  if (link === undefined) return answer(response, request.url === "/ready" ? 200 : 404, {})
  change(link, (await bodyOf(request)) as LinkState)
  answer(response, 200, link.state)
}

await Promise.all((JSON.parse(process.env.PROXY_LINKS as string) as ReadonlyArray<LinkPlan>).map(open))
await listen(Number(process.env.PROXY_CONTROL_PORT), handle)
