/**
 * A binary max-heap of keys with handles: O(log n) to insert and remove, O(k) to visit the k keys above a bound.
 *
 * Three flat arrays, so that a million entries take 16 MB and no work of the garbage collector. Handles are small
 * integers given by the owner, each at most once in the heap.
 */
export class PriceHeap {
  private keys = new Float64Array(16)
  private handles = new Int32Array(16)
  /** Handle → place in the heap, −1 when absent. */
  private places = new Int32Array(16).fill(-1)
  private count = 0
  private stack = new Int32Array(16)

  get size(): number {
    return this.count
  }

  /** Highest key, −∞ when empty. */
  get top(): number {
    return this.count === 0 ? Number.NEGATIVE_INFINITY : this.keys[0]!
  }

  insert(handle: number, key: number): void {
    if (this.count === this.keys.length) {
      this.keys = grownFloats(this.keys)
      this.handles = grownInts(this.handles, 0)
    }
    while (handle >= this.places.length) this.places = grownInts(this.places, -1)
    this.rise(this.count++, handle, key)
  }

  /** Removes a handle; one that is absent is left alone. */
  remove(handle: number): void {
    const place = handle < this.places.length ? this.places[handle]! : -1
    if (place < 0) return
    this.places[handle] = -1
    const last = --this.count
    if (place === last) return
    const movedHandle = this.handles[last]!
    const movedKey = this.keys[last]!
    if (place > 0 && movedKey > this.keys[(place - 1) >> 1]!) this.rise(place, movedHandle, movedKey)
    else this.sink(place, movedHandle, movedKey)
  }

  /** Calls `visit` with every handle whose key is ≥ bound, in no particular order. `visit` must not change the heap. */
  visitFrom(bound: number, visit: (handle: number) => void): void {
    if (this.count === 0 || this.keys[0]! < bound) return
    let depth = 0
    this.stack[depth++] = 0
    while (depth > 0) {
      const place = this.stack[--depth]!
      visit(this.handles[place]!)
      const left = 2 * place + 1
      if (depth + 2 > this.stack.length) this.stack = grownInts(this.stack, 0)
      if (left + 1 < this.count && this.keys[left + 1]! >= bound) this.stack[depth++] = left + 1
      if (left < this.count && this.keys[left]! >= bound) this.stack[depth++] = left
    }
  }

  private put(place: number, handle: number, key: number): void {
    this.keys[place] = key
    this.handles[place] = handle
    this.places[handle] = place
  }

  private rise(from: number, handle: number, key: number): void {
    let place = from
    while (place > 0) {
      const parent = (place - 1) >> 1
      if (this.keys[parent]! >= key) break
      this.put(place, this.handles[parent]!, this.keys[parent]!)
      place = parent
    }
    this.put(place, handle, key)
  }

  private sink(from: number, handle: number, key: number): void {
    let place = from
    for (;;) {
      let child = 2 * place + 1
      if (child >= this.count) break
      if (child + 1 < this.count && this.keys[child + 1]! > this.keys[child]!) child++
      if (this.keys[child]! <= key) break
      this.put(place, this.handles[child]!, this.keys[child]!)
      place = child
    }
    this.put(place, handle, key)
  }
}

const grownFloats = (old: Float64Array<ArrayBuffer>): Float64Array<ArrayBuffer> => {
  const grown = new Float64Array(old.length * 2)
  grown.set(old)
  return grown
}

const grownInts = (old: Int32Array<ArrayBuffer>, fill: number): Int32Array<ArrayBuffer> => {
  const grown = new Int32Array(old.length * 2).fill(fill, old.length)
  grown.set(old)
  return grown
}
