/** The X-rays of an account as its page shows them: searched, less those being deleted, two of them chosen. */
import { computed, signal } from '@angular/core';
import type { Page, XRay, XRaySearch } from '../../api/types';
import { PagedList } from '../../shared/paged_list';
import { Filters, noFilters, searchOf } from './filters';

/** As many as can be compared. */
const mostChosen = 2;

export class XrayList {
  private readonly filters = signal(noFilters);
  private readonly hidden = signal<ReadonlySet<number>>(new Set());
  private readonly chosenIds = signal<readonly number[]>([]);
  readonly pages: PagedList<XRay>;
  readonly searchedBy = this.filters.asReadonly();
  readonly shown = computed(() => this.pages.items().filter(({ id }) => !this.hidden().has(id)));
  readonly empty = computed(() => this.pages.complete() && this.shown().length === 0);
  /** Ids in the order chosen, of those that are in sight. */
  readonly chosen = computed(() => this.chosenIds().filter((id) => this.shown().some((xray) => xray.id === id)));
  readonly canChoose = computed(() => this.chosen().length < mostChosen);

  constructor(search: (search: XRaySearch) => Promise<Page<XRay>>) {
    this.pages = new PagedList((cursor) => search({ ...searchOf(this.filters()), cursor }), ({ id }) => id);
  }

  searchBy(filters: Filters): Promise<void> {
    this.filters.set(filters);
    return this.pages.reload();
  }

  toggleChosen(id: number): void {
    const others = this.chosen().filter((other) => other !== id);
    if (others.length < this.chosen().length) this.chosenIds.set(others);
    else if (this.canChoose()) this.chosenIds.set([...others, id]);
  }

  chooseNone(): void {
    this.chosenIds.set([]);
  }

  hide(id: number): void {
    this.hidden.update((ids) => new Set([...ids, id]));
  }

  /** Put back where they were. */
  restore(ids: readonly number[]): void {
    this.hidden.update((hidden) => new Set([...hidden].filter((id) => !ids.includes(id))));
  }
}
