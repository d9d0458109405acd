/** The model card: what reads here, how well, on what it was trained, what it cannot do; licences, versions. */
import { ChangeDetectionStrategy, Component, computed, inject, signal } from '@angular/core';
import { Session } from '../../api/session';
import { NumberPipe } from '../../shared/formats';
import { Icon } from '../../shared/icon';
import { ProblemNote } from '../../shared/problem_note';
import { Problem } from '../../api/problem';
import { FindingsTable } from './findings_table';
import { MembersTable } from './members_table';
import { readCard, readable } from './model_card';

// Parts that most cards have.
const partNames: Record<string, string> = {
  training_data: $localize`:@@about.trainingData:Training data`,
  limits: $localize`:@@about.limits:Known limits`,
  intended_use: $localize`:@@about.intendedUse:Intended use`,
  evaluation: $localize`:@@about.evaluation:Evaluation`,
};

const methodNames: Record<string, string> = {
  youden: $localize`:@@about.youden:Youden's index`,
  fixed: $localize`:@@about.fixed:Fixed beforehand`,
  platt: $localize`:@@about.platt:Platt scaling`,
  isotonic: $localize`:@@about.isotonic:Isotonic regression`,
  temperature: $localize`:@@about.temperature:Temperature scaling`,
};

@Component({
  imports: [FindingsTable, Icon, MembersTable, NumberPipe, ProblemNote],
  changeDetection: ChangeDetectionStrategy.OnPush,
  templateUrl: './about.html',
  styleUrl: './about.scss',
})
export default class About {
  protected readonly session = inject(Session);
  protected readonly unknown = new Problem('offline');
  protected readonly asking = signal(true);
  protected readonly card = computed(() => readCard(this.session.models()?.card ?? null));
  protected readonly partName = (key: string) => partNames[key] ?? readable(key);
  protected readonly operatingPoints = computed(() => originOf(this.session.models()?.operating_points));
  protected readonly calibration = computed(() => originOf(this.session.models()?.calibration));

  constructor() {
    void this.load();
  }

  protected async load(): Promise<void> {
    this.asking.set(true);
    if (!this.session.models()) await this.session.loadFacts();
    this.asking.set(false);
  }
}

/** Where thresholds or a calibration come from, as the ensemble file has it. */
function originOf(origin: Record<string, unknown> | null | undefined) {
  if (!origin) return null;
  const text = (key: string) => (typeof origin[key] === 'string' ? (origin[key] as string) : '');
  const images = typeof origin['images'] === 'number' ? origin['images'] : 0;
  return { method: methodNames[text('method')] ?? text('method'), data: text('data'), images };
}
