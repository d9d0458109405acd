/** What an ensemble looks for: operating points, and the quality measured, as numbers and as a forest plot. */
import { ChangeDetectionStrategy, Component, computed, input } from '@angular/core';
import type { Models } from '../../api/types';
import { FindingPipe } from '../../shared/findings';
import { NumberPipe, PercentPipe } from '../../shared/formats';
import { Auc, readCard } from './model_card';

// An AUC of 0.5 is chance: the plot begins there, unless something is worse.
const chance = 0.5;

@Component({
  selector: 'px-findings-table',
  imports: [FindingPipe, NumberPipe, PercentPipe],
  changeDetection: ChangeDetectionStrategy.OnPush,
  templateUrl: './findings_table.html',
  styles: `
    :host { display: block; min-width: 0 }
    .number { white-space: nowrap }
    .plot { min-width: 9rem; width: 35% }
    svg { display: block; width: 100%; height: 1.25rem; overflow: visible }
    line { stroke: var(--mat-sys-outline-variant); vector-effect: non-scaling-stroke }
    .interval { stroke: var(--mat-sys-primary); stroke-width: 2 }
    rect { fill: var(--mat-sys-primary) }
    p { margin: 0.75rem 0 0 }
  `,
})
export class FindingsTable {
  readonly models = input.required<Models>();
  protected readonly auc = computed(() => readCard(this.models().card).auc);
  protected readonly rows = computed(() =>
    this.models().findings.map((finding) => ({ finding, auc: this.auc().get(finding.id) })));

  /** Where the plot begins. */
  protected readonly least = computed(() =>
    Math.min(chance, ...[...this.auc().values()].flatMap(({ value, interval }) => [value, ...(interval ?? [])])));

  /** Where an AUC is in the plot, in per cent of its width. */
  protected place = (value: number) => ((value - this.least()) / (1 - this.least())) * 100;
  protected ends = ({ value, interval }: Auc) => (interval ?? [value, value]).map(this.place);
}
