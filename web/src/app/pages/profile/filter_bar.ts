/** The fields by which X-rays are searched, filtered and put in order. */
import { ChangeDetectionStrategy, Component, DestroyRef, computed, inject, input, output, signal } from '@angular/core';
import { MatButton } from '@angular/material/button';
import { MatFormFieldModule } from '@angular/material/form-field';
import { MatInput } from '@angular/material/input';
import { Session } from '../../api/session';
import { FindingPipe } from '../../shared/findings';
import { Icon } from '../../shared/icon';
import { Filters, countFilters, isFiltered, noFilters } from './filters';

// Somebody who types is not done yet.
const typingPauseMs = 300;

@Component({
  selector: 'px-filter-bar',
  imports: [FindingPipe, Icon, MatButton, MatFormFieldModule, MatInput],
  changeDetection: ChangeDetectionStrategy.OnPush,
  templateUrl: './filter_bar.html',
  styleUrl: './filter_bar.scss',
})
export class FilterBar {
  readonly filters = input.required<Filters>();
  // Not named `change`: the fields' own events of that name come by, too.
  readonly wanted = output<Filters>();
  protected readonly session = inject(Session);
  /** Where there is little room the filters are folded away. */
  protected readonly open = signal(false);
  protected readonly count = computed(() => countFilters(this.filters()));
  protected readonly filtered = computed(() => isFiltered(this.filters()));
  private timer?: ReturnType<typeof setTimeout>;

  constructor() {
    inject(DestroyRef).onDestroy(() => clearTimeout(this.timer));
  }

  protected set(name: keyof Filters, field: EventTarget | null, pauseMs = 0): void {
    const { value } = field as HTMLInputElement | HTMLSelectElement;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.wanted.emit({ ...this.filters(), [name]: value }), pauseMs);
  }

  protected setText = (field: EventTarget | null) => this.set('text', field, typingPauseMs);

  protected clear(): void {
    clearTimeout(this.timer);
    this.wanted.emit({ ...noFilters, sort: this.filters().sort });
  }
}
