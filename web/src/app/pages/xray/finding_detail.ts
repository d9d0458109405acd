/** The chosen finding in numbers: what decided, and what each network thinks. */
import { ChangeDetectionStrategy, Component, computed, input } from '@angular/core';
import type { FindingResult } from '../../api/types';
import { FindingPipe, strongDisagreement } from '../../shared/findings';
import { PercentPipe } from '../../shared/formats';
import { Icon } from '../../shared/icon';
import { FindingBar } from './finding_bar';

@Component({
  selector: 'px-finding-detail',
  imports: [FindingBar, FindingPipe, Icon, PercentPipe],
  changeDetection: ChangeDetectionStrategy.OnPush,
  templateUrl: './finding_detail.html',
  styleUrl: './finding_detail.scss',
})
export class FindingDetail {
  readonly finding = input.required<FindingResult>();
  protected readonly disagrees = computed(() => this.finding().disagreement >= strongDisagreement);
  /** Each network's score as a finding of its own, for its bar. */
  protected readonly members = computed(() => {
    const { members, threshold, id, name } = this.finding();
    return Object.entries(members).map(([member, score]) => ({
      member, result: {
        id, name, score, threshold, members: {}, disagreement: 0,
        decision: threshold === undefined ? undefined : score >= threshold,
      } satisfies FindingResult,
    }));
  });
}
