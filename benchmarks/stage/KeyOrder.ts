/** Sees, per key, whether records are handled one at a time and in an unbroken sequence: none lost, doubled or overtaken. */
export class KeyOrder {
  finished = 0
  private readonly keys: number
  private readonly nextOf: Float64Array
  private readonly running: Uint8Array
  private readonly faults: Array<string> = []

  constructor(keys: number) {
    this.keys = keys
    this.nextOf = Float64Array.from({ length: keys }, (_, key) => key)
    this.running = new Uint8Array(keys)
  }

  start(n: number): void {
    const key = n % this.keys
    if (this.running[key] !== 0) this.fault(`record ${n} started while another of its key ran`)
    if (n !== this.nextOf[key]) this.fault(`record ${n} started, ${this.nextOf[key]} was the next of its key`)
    this.running[key] = 1
  }

  end(n: number): void {
    const key = n % this.keys
    this.running[key] = 0
    this.nextOf[key] = n + this.keys
    this.finished += 1
  }

  /** Throws when the order of a key was broken. */
  expectKept(): void {
    if (this.faults.length > 0) throw new Error(`The order of a key was broken: ${this.faults.join("; ")}`)
  }

  private fault(text: string): void {
    if (this.faults.length < 3) this.faults.push(text)
  }
}
