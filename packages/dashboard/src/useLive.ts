import { createContext, useContext } from "react"

/** Whether the server tells this page of the installation's figures by itself. */
export interface Live {
  readonly connected: boolean
}

export const LiveContext = createContext<Live>({ connected: false })

export const useLive = (): Live => useContext(LiveContext)
