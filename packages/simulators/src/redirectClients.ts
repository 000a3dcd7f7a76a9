// Foreign boundary: puts itself in place of `tls.connect` in a program whose client has the exchange's addresses built in.
/**
 * Leads every connection of a Node program to the exchange's hosts to a local exchange, so that an official client
 * library runs against it unchanged: `EXCHANGE_REDIRECT=http://127.0.0.1:PORT node --import <this file> program.js`.
 *
 * The client goes on speaking HTTPS and WSS by its own account; what it sends travels unencrypted to the given address.
 */
import { syncBuiltinESMExports } from "node:module"
import { connect, type Socket } from "node:net"
import tls from "node:tls"

const HOST = /(^|\.)lnmarkets\.com$/u

/** Host of a connection that is asked for in any of the forms of `tls.connect`. */
export const hostOf = (asked: ReadonlyArray<unknown>): string | undefined => {
  const [first, second] = asked
  if (typeof first === "object" && first !== null) {
    const options: { readonly host?: unknown; readonly servername?: unknown } = first
    const host = options.host ?? options.servername
    return typeof host === "string" ? host : undefined
  }
  return typeof second === "string" ? second : undefined
}

/** Opens a plain socket and tells of it as of a secure one. */
const connectLocally = (target: URL, asked: ReadonlyArray<unknown>): Socket => {
  const socket = connect(Number(target.port), target.hostname)
  const callback = asked.at(-1)
  if (typeof callback === "function") socket.once("secureConnect", () => Reflect.apply(callback, socket, []))
  return socket.once("connect", () => socket.emit("secureConnect"))
}

/** Redirects the exchange's hosts from now on; gives what undoes it. */
export const redirectClients = (address: string): (() => void) => {
  const target = new URL(address)
  const original = tls.connect
  const replaced = (...asked: ReadonlyArray<unknown>): unknown =>
    HOST.test(hostOf(asked) ?? "") ? connectLocally(target, asked) : Reflect.apply(original, tls, asked)
  Object.assign(tls, { connect: replaced })
  syncBuiltinESMExports()
  return () => {
    Object.assign(tls, { connect: original })
    syncBuiltinESMExports()
  }
}

const address = process.env.EXCHANGE_REDIRECT
if (address !== undefined) redirectClients(address)
