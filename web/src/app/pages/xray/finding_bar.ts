/** A score on its scale from 0 to 1, with the threshold and the calibrated probability marked. */
import { ChangeDetectionStrategy, Component, input } from '@angular/core';
import type { FindingResult } from '../../api/types';
import { decisionOf } from '../../shared/findings';

@Component({
  selector: 'px-finding-bar',
  changeDetection: ChangeDetectionStrategy.OnPush,
  host: { 'aria-hidden': 'true' },
  template: `
    @let one = finding();
    <span class="score" [class.suspected]="decisionOf(one) === 'suspected'" [style.width.%]="100 * one.score"></span>
    @if (one.threshold !== undefined) { <span class="threshold" [style.left.%]="100 * one.threshold"></span> }
    @if (one.probability !== undefined) { <span class="probability" [style.left.%]="100 * one.probability"></span> }
  `,
  styles: `
    :host {
      display: block; position: relative; height: 0.5rem; margin-block: 0.25rem; border-radius: 0.25rem;
      background: var(--mat-sys-surface-container-highest);
    }
    span { position: absolute }
    .score { inset: 0 auto 0 0; min-width: 2px; border-radius: inherit; background: var(--px-clear) }
    .suspected { background: var(--px-suspected) }
    .threshold { inset-block: -0.25rem; width: 2px; margin-left: -1px; background: var(--mat-sys-on-surface) }
    .probability {
      top: 50%; width: 0.5rem; height: 0.5rem; margin: -0.3rem; border: 1px solid var(--mat-sys-surface);
      background: var(--mat-sys-on-surface); transform: rotate(45deg);
    }
  `,
})
export class FindingBar {
  readonly finding = input.required<FindingResult>();
  protected readonly decisionOf = decisionOf;
}
