/** The findings, most prominent first: one is chosen, to be seen in the image and reviewed. */
import { ChangeDetectionStrategy, Component, ElementRef, computed, inject, input, model } from '@angular/core';
import type { FindingResult } from '../../api/types';
import { FindingPipe, decisionOf, decisionWords, strongDisagreement } from '../../shared/findings';
import { PercentPipe } from '../../shared/formats';
import { Icon } from '../../shared/icon';
import type { IconName } from '../../shared/icons';
import { FindingBar } from './finding_bar';
import { nextOf } from './next_of';
import type { Reviews } from './reviews';

const steps: Record<string, 1 | -1> = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 };

@Component({
  selector: 'px-finding-list',
  imports: [FindingBar, FindingPipe, Icon, PercentPipe],
  changeDetection: ChangeDetectionStrategy.OnPush,
  templateUrl: './finding_list.html',
  styleUrl: './finding_list.scss',
})
export class FindingList {
  /** In the order in which they are shown. */
  readonly findings = input.required<readonly FindingResult[]>();
  readonly reviews = input<Reviews | null>(null);
  readonly chosen = model.required<string>();
  private readonly element: HTMLElement = inject(ElementRef).nativeElement;

  protected readonly decisionOf = decisionOf;
  protected readonly words = decisionWords;
  protected readonly strongDisagreement = strongDisagreement;
  protected readonly icons: Record<string, IconName> = {
    suspected: 'warning', 'not-suspected': 'check_circle', undecided: 'remove',
  };
  protected readonly marks = computed(() => ({
    threshold: this.findings().some(({ threshold }) => threshold !== undefined),
    probability: this.findings().some(({ probability }) => probability !== undefined),
  }));

  protected verdictOf(finding: FindingResult) {
    return this.reviews()?.of(finding).verdict() ?? null;
  }

  // Arrows choose, as in any group of radio buttons; Tab leaves the group.
  protected step(event: KeyboardEvent): void {
    const step = steps[event.key];
    if (!step) return;
    event.preventDefault();
    this.chosen.set(nextOf(this.findings(), this.chosen(), step));
    this.element.querySelector<HTMLElement>(`[data-finding="${this.chosen()}"]`)?.focus();
  }
}
