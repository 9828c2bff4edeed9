/**
 * A bounded cache that drops what was used least recently.
 *
 * @module
 */

/** Map with at most `limit` entries. */
export class LruCache<K, V> {
  readonly #map = new Map<K, V>();
  readonly #limit: number;
  readonly #drop: (value: V) => void;

  /** Keeps `limit` entries; `drop` is called with each one that leaves. */
  constructor(limit: number, drop: (value: V) => void = () => {}) {
    this.#limit = limit;
    this.#drop = drop;
  }

  /** Number of entries. */
  get size(): number {
    return this.#map.size;
  }

  /** The values, least recently used first. */
  values(): V[] {
    return [...this.#map.values()];
  }

  /** The value of `key`, which becomes the most recently used. */
  get(key: K): V | undefined {
    const value = this.#map.get(key);
    if (value !== undefined) {
      this.#map.delete(key);
      this.#map.set(key, value);
    }
    return value;
  }

  /** Adds an entry, dropping the oldest when full. */
  set(key: K, value: V): void {
    this.#map.set(key, value);
    if (this.#map.size > this.#limit) {
      const [oldest, dropped] = this.#map.entries().next().value!;
      this.#map.delete(oldest);
      this.#drop(dropped);
    }
  }

  /** Drops all entries. */
  clear(): void {
    for (const value of this.#map.values()) this.#drop(value);
    this.#map.clear();
  }
}
