import { useCallback } from "react"
import { useSearchParams } from "wouter"

/** What is written to the address; nothing or an empty text takes the name out of it. */
export type AddressChange = Readonly<Record<string, string | undefined>>

/** What a page shows, kept in its address behind `?`, so that it can be sent to somebody and found again. */
export interface Address {
  /** The text of that name; absent: empty. */
  readonly read: (name: string) => string
  /** Changes the names given and leaves the others. With `replace` the browser's way back does not stop at each change. */
  readonly write: (change: AddressChange, replace?: boolean) => void
}

export const useAddress = (): Address => {
  const [params, setParams] = useSearchParams()
  const read = useCallback((name: string) => params.get(name) ?? "", [params])
  const write = useCallback(
    (change: AddressChange, replace = false) =>
      setParams(
        (before) => {
          const after = new URLSearchParams(before)
          for (const [name, value] of Object.entries(change)) {
            if (value === undefined || value === "") after.delete(name)
            else after.set(name, value)
          }
          return after
        },
        { replace }
      ),
    [setParams]
  )
  return { read, write }
}
