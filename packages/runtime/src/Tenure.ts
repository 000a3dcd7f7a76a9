/** What a tenure asks of its input. */
export interface TenureParts {
  /** Handlers run, or something of parked records is on its way. */
  readonly busy: () => boolean
  /** Commits once more, where the input commits by itself; undefined where its group does it. */
  readonly commit: ((done: () => void) => void) | undefined
  /** Nothing is in flight any more. */
  readonly idle: () => void
}

/**
 * The time in which an input holds its partitions: nothing begins once it is being stopped; what is in flight has the drain
 * time; an input that commits by itself does so once more, without the mark that its partitions are held.
 */
export class Tenure {
  private readonly parts: TenureParts
  private over = true
  private drainOver = true
  private lastCommit: "wanted" | "under way" | "done" = "done"

  constructor(parts: TenureParts) {
    this.parts = parts
  }

  get stopped(): boolean {
    return this.over
  }

  /** Commits say that the partitions are held: also while the last handlers run, or a process that they end would seem well. */
  get open(): boolean {
    return !this.over || (!this.drainOver && this.parts.busy())
  }

  begin(): void {
    this.over = false
    this.drainOver = false
  }

  stop(): void {
    this.over = true
    this.lastCommit = this.parts.commit === undefined ? "done" : "wanted"
    this.tell()
  }

  /** The drain time is over: what still runs will be interrupted. */
  drained(): void {
    this.drainOver = true
  }

  isIdle(): boolean {
    return !this.parts.busy() && (!this.over || this.lastCommit === "done")
  }

  /** Something has ended. */
  tell(): void {
    if (this.over && this.lastCommit === "wanted" && !this.parts.busy()) {
      this.lastCommit = "under way"
      this.parts.commit?.(() => {
        this.lastCommit = "done"
        this.parts.idle()
      })
    } else if (this.isIdle()) this.parts.idle()
  }
}
