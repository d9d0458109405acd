/** A problem beside what caused it, in words, and a button to try again where that may help. */
import { ChangeDetectionStrategy, Component, computed, input, output } from '@angular/core';
import { MatButton } from '@angular/material/button';
import { problemOf } from '../api/problem';
import { Icon } from './icon';

@Component({
  selector: 'px-problem',
  imports: [Icon, MatButton],
  changeDetection: ChangeDetectionStrategy.OnPush,
  template: `
    @if (problem(); as problem) {
      <div class="note note-error" role="alert">
        <px-icon name="error" />
        <span>{{ problem.words }}</span>
        @if (retry()) {
          <button matButton type="button" (click)="again.emit()" i18n="@@problem.again">Try again</button>
        }
      </div>
    }
  `,
})
export class ProblemNote {
  /** What a promise failed with; null shows nothing. */
  readonly error = input.required<unknown>();
  readonly retry = input(false);
  readonly again = output();
  protected readonly problem = computed(() => (this.error() ? problemOf(this.error()) : null));
}
