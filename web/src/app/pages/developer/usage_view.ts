/** An account's limits and its use of the last 30 days, as a chart and as a table. */
import { ChangeDetectionStrategy, Component, computed, inject, signal } from '@angular/core';
import { Api } from '../../api/api';
import type { Usage } from '../../api/types';
import { BytesPipe, NumberPipe, TimePipe } from '../../shared/formats';
import { ProblemNote } from '../../shared/problem_note';
import { lastDays, scaleTop } from './usage_days';

const daysShown = 30;
// Of the chart, in units of its own.
const height = 100;
const step = 20;

@Component({
  selector: 'px-usage',
  imports: [BytesPipe, NumberPipe, ProblemNote, TimePipe],
  changeDetection: ChangeDetectionStrategy.OnPush,
  templateUrl: './usage_view.html',
  styleUrl: './usage_view.scss',
})
export class UsageView {
  private readonly api = inject(Api);
  protected readonly usage = signal<Usage | null>(null);
  protected readonly error = signal<unknown>(null);
  protected readonly width = daysShown * step;
  /** Makes a moment of a day that is that day wherever one is. */
  protected readonly noon = 'T12:00';

  protected readonly days = computed(() => lastDays(this.usage()?.days ?? [], daysShown, new Date()));
  protected readonly daysUsed = computed(() => this.days().filter(({ requests }) => requests > 0).reverse());
  protected readonly top = computed(() => scaleTop(Math.max(...this.days().map(({ requests }) => requests))));
  protected readonly total = computed(() => this.days().reduce((sum, { requests }) => sum + requests, 0));
  protected readonly readings = computed(() => this.days().reduce((sum, { readings }) => sum + readings, 0));
  protected readonly bars = computed(() => this.days().map((day, i) => {
    const bar = (value: number) => (value / this.top()) * height;
    return { ...day, x: i * step, requestsHeight: bar(day.requests), readingsHeight: bar(day.readings) };
  }));

  constructor() {
    void this.load();
  }

  protected async load(): Promise<void> {
    this.error.set(null);
    try {
      this.usage.set(await this.api.usage());
    } catch (error) {
      this.error.set(error);
    }
  }
}
