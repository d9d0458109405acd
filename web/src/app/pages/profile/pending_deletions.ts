/** X-rays that are gone from sight and can still be had back: they are deleted when the time is up. */
import { signal } from '@angular/core';

export class PendingDeletions {
  private readonly waiting = signal<readonly number[]>([]);
  private timer?: ReturnType<typeof setTimeout>;
  /** The X-rays that wait, by id. */
  readonly ids = this.waiting.asReadonly();

  constructor(
    private readonly carryOut: (ids: readonly number[]) => void,
    private readonly patienceMs: number,
  ) {}

  /** Those that wait already wait as long as this one: they come back together. */
  add(id: number): void {
    clearTimeout(this.timer);
    this.waiting.update((ids) => [...ids, id]);
    this.timer = setTimeout(() => this.finish(), this.patienceMs);
  }

  undo(): void {
    clearTimeout(this.timer);
    this.waiting.set([]);
  }

  /** Delete them now. */
  finish(carryOut = this.carryOut): void {
    clearTimeout(this.timer);
    const ids = this.waiting();
    if (ids.length > 0) carryOut(ids);
    this.waiting.set([]);
  }
}
