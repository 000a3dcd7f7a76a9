import type { Table, TableChange } from "./Worker.ts"

interface Row<A> {
  readonly value: A
  readonly workspaceId: string
  readonly partition: number
}

/** The rows of a table and their indexes. A row's index values are those of its newest value. */
export class TableRows<A> implements Table<A> {
  private readonly rows = new Map<string, Row<A>>()
  private readonly indexes: ReadonlyMap<string, TableIndex<A>>
  private readonly held = new Set<number>()

  constructor(indexes: Readonly<Record<string, (value: A) => string | undefined>>) {
    this.indexes = new Map(Object.entries(indexes).map(([name, of]) => [name, new TableIndex(of)]))
  }

  get = (key: string): A | undefined => this.rows.get(key)?.value
  workspaceOf = (key: string): string | undefined => this.rows.get(key)?.workspaceId
  size = (): number => this.rows.size
  partitions = (): ReadonlyArray<number> => [...this.held].sort((a, b) => a - b)

  lookup = (name: string, value: string): ReadonlyArray<A> => {
    const keys = this.indexes.get(name)?.keysOf(value)
    if (keys === undefined) return []
    return [...keys].map((key) => this.rows.get(key)!.value)
  };

  *entries(): IterableIterator<readonly [string, A]> {
    for (const [key, row] of this.rows) yield [key, row.value]
  }

  /** Applies a change; `value` undefined deletes. Returns it with the value before. */
  apply(change: Omit<TableChange<A>, "previous">): TableChange<A> {
    const previous = this.rows.get(change.key)?.value
    for (const index of this.indexes.values()) index.move(change.key, previous, change.value)
    if (change.value === undefined) this.rows.delete(change.key)
    else {
      const { value, workspaceId, partition } = change
      this.rows.set(change.key, { value, workspaceId, partition })
    }
    return { ...change, previous }
  }

  markReady(partition: number): void {
    this.held.add(partition)
  }

  /** Forgets the rows of a partition. */
  dropPartition(partition: number): void {
    this.held.delete(partition)
    for (const [key, row] of this.rows) {
      if (row.partition !== partition) continue
      for (const index of this.indexes.values()) index.move(key, row.value, undefined)
      this.rows.delete(key)
    }
  }
}

class TableIndex<A> {
  private readonly of: (value: A) => string | undefined
  private readonly keys = new Map<string, Set<string>>()

  constructor(of: (value: A) => string | undefined) {
    this.of = of
  }

  keysOf(value: string): ReadonlySet<string> | undefined {
    return this.keys.get(value)
  }

  move(key: string, from: A | undefined, to: A | undefined): void {
    const before = from === undefined ? undefined : this.of(from)
    const after = to === undefined ? undefined : this.of(to)
    if (before === after) return
    if (before !== undefined) {
      const keys = this.keys.get(before)
      keys?.delete(key)
      if (keys?.size === 0) this.keys.delete(before)
    }
    if (after === undefined) return
    const keys = this.keys.get(after)
    if (keys === undefined) this.keys.set(after, new Set([key]))
    else keys.add(key)
  }
}
