import type { AccountState } from "@millrace/contracts"
import type { TableChange } from "@millrace/runtime"

/** An account with open positions that a rule protects. */
export interface GuardedAccount {
  readonly accountId: string
  readonly workspaceId: string
  readonly userId: string
  readonly name: string
  readonly positions: number
}

interface Book {
  readonly workspaceId: string
  readonly partition: number
  owner: { readonly userId: string; readonly name: string; readonly active: boolean } | undefined
  readonly guards: Set<string>
  readonly positions: Set<string>
}

/** Which accounts have something to guard, by partition of account-state: active, an enabled protecting rule, a position. */
export class GuardedAccounts {
  private readonly books = new Map<string, Book>()
  private readonly guarded = new Map<number, Set<string>>()

  change({ key, value, workspaceId, partition }: TableChange<AccountState>): void {
    const [, accountId, id] = key.split("/")
    if (accountId === undefined || id === undefined) return
    const book = this.bookOf(accountId, workspaceId, partition)
    const kind = key.slice(0, key.indexOf("/"))
    if (kind === "account")
      book.owner =
        value?._tag === "Account" ? { userId: value.userId, name: value.name, active: value.active } : undefined
    else if (kind === "rule")
      keep(book.guards, id, value?._tag === "Rule" && value.enabled && value.kind !== "auto_entry")
    else keep(book.positions, id, value?._tag === "Position" && value.status === "open")
    this.place(accountId, book)
  }

  /** Partitions with something to guard. */
  partitions(): ReadonlyArray<number> {
    return [...this.guarded.keys()]
  }

  of(partition: number): ReadonlyArray<GuardedAccount> {
    return [...(this.guarded.get(partition) ?? [])].flatMap((accountId) => {
      const book = this.books.get(accountId)
      if (book?.owner === undefined) return []
      const { userId, name } = book.owner
      return [{ accountId, workspaceId: book.workspaceId, userId, name, positions: book.positions.size }]
    })
  }

  private bookOf(accountId: string, workspaceId: string, partition: number): Book {
    const known = this.books.get(accountId)
    if (known !== undefined) return known
    const book: Book = { workspaceId, partition, owner: undefined, guards: new Set(), positions: new Set() }
    this.books.set(accountId, book)
    return book
  }

  private place(accountId: string, book: Book): void {
    const accounts = this.guarded.get(book.partition) ?? new Set()
    keep(accounts, accountId, book.owner?.active === true && book.guards.size > 0 && book.positions.size > 0)
    if (accounts.size > 0) this.guarded.set(book.partition, accounts)
    else this.guarded.delete(book.partition)
    if (book.owner === undefined && book.guards.size === 0 && book.positions.size === 0) this.books.delete(accountId)
  }
}

const keep = (among: Set<string>, id: string, present: boolean): void => {
  if (present) among.add(id)
  else among.delete(id)
}
