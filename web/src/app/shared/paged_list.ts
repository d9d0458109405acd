/** A list that comes in pages: what of it is there, and getting the rest, without anything twice. */
import { Signal, computed, signal } from '@angular/core';
import type { Page } from '../api/types';

export class PagedList<T> {
  private readonly received = signal<readonly T[]>([]);
  private readonly cursor = signal<string | null | undefined>(undefined);
  private readonly under = signal(false);
  private readonly failed = signal<unknown>(null);
  // Counts the beginnings: answers for one before the last are too late.
  private beginning = 0;

  readonly items: Signal<readonly T[]> = this.received.asReadonly();
  readonly loading = this.under.asReadonly();
  /** Why the last page did not come; null when it did. */
  readonly error = this.failed.asReadonly();
  readonly complete = computed(() => this.cursor() === null);
  readonly empty = computed(() => this.complete() && this.received().length === 0);

  constructor(
    private readonly fetchPage: (cursor?: string) => Promise<Page<T>>,
    private readonly keyOf: (item: T) => unknown,
  ) {}

  /** From the first page; what was there stays until that has come. */
  reload(): Promise<void> {
    this.beginning++;
    this.cursor.set(undefined);
    this.under.set(false);
    return this.more();
  }

  /** The next page, unless it is coming already or there is none. */
  async more(): Promise<void> {
    if (this.under() || this.complete()) return;
    const beginning = this.beginning;
    const cursor = this.cursor() ?? undefined;
    this.under.set(true);
    this.failed.set(null);
    try {
      const page = await this.fetchPage(cursor);
      if (beginning === this.beginning) this.take(page, cursor === undefined);
    } catch (error) {
      if (beginning === this.beginning) this.failed.set(error);
    } finally {
      if (beginning === this.beginning) this.under.set(false);
    }
  }

  remove(key: unknown): void {
    this.received.update((items) => items.filter((item) => this.keyOf(item) !== key));
  }

  replace(changed: T): void {
    this.received.update((items) => items.map((item) => (this.keyOf(item) === this.keyOf(changed) ? changed : item)));
  }

  // What came or went in between may move items from one page into the next.
  private take(page: Page<T>, first: boolean): void {
    const before = first ? [] : this.received();
    const known = new Set(before.map(this.keyOf));
    this.received.set([...before, ...page.items.filter((item) => !known.has(this.keyOf(item)))]);
    this.cursor.set(page.next);
  }
}
