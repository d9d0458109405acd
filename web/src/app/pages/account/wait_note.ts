/** Counts down until the server takes another try. */
import { ChangeDetectionStrategy, Component, DestroyRef, computed, effect, inject, input, output, signal } from '@angular/core';
import { Icon } from '../../shared/icon';

const second = 1000;

@Component({
  selector: 'px-wait',
  imports: [Icon],
  changeDetection: ChangeDetectionStrategy.OnPush,
  template: `
    <div class="note note-warning">
      <px-icon name="warning" />
      <span role="alert" i18n="@@account.waitWhy">Too many tries.</span>
      <span role="timer" i18n="@@account.wait">{left(), plural, =1 {The next one is possible in one second.} other {The next one is possible in {{ left() }} seconds.}}</span>
    </div>
  `,
})
export class WaitNote {
  readonly seconds = input.required<number>();
  readonly over = output();
  private readonly now = signal(Date.now());
  private readonly until = computed(() => Date.now() + this.seconds() * second);
  protected readonly left = computed(() => Math.max(0, Math.ceil((this.until() - this.now()) / second)));

  constructor() {
    const timer = setInterval(() => this.now.set(Date.now()), second / 4);
    inject(DestroyRef).onDestroy(() => clearInterval(timer));
    effect(() => this.left() === 0 && this.over.emit());
  }
}
