/** Two X-rays side by side, with linked viewers, and how the scores changed. */
import {
  ChangeDetectionStrategy, Component, computed, inject, input, linkedSignal, signal, viewChild,
} from '@angular/core';
import { MatButton } from '@angular/material/button';
import { Router } from '@angular/router';
import { FindingPipe, decisionOf, decisionWords } from '../../shared/findings';
import { PercentPipe } from '../../shared/formats';
import { Icon } from '../../shared/icon';
import { Shortcuts } from '../../shell/shortcuts';
import { linkStates } from '../../viewer/link';
import { viewerShortcuts } from '../../viewer/viewer_actions';
import { ViewerState } from '../../viewer/viewer_state';
import { nextOf } from '../xray/next_of';
import { CompareSide } from './compare_side';
import { compareFindings } from './comparison';

type Side = 'left' | 'right';

@Component({
  imports: [CompareSide, FindingPipe, Icon, MatButton, PercentPipe],
  changeDetection: ChangeDetectionStrategy.OnPush,
  templateUrl: './compare.html',
  styleUrl: './compare.scss',
})
export default class Compare {
  /** From the address. */
  readonly left = input<string>();
  readonly right = input<string>();

  private readonly router = inject(Router);
  protected readonly leftSide = viewChild<CompareSide>('leftSide');
  protected readonly rightSide = viewChild<CompareSide>('rightSide');
  protected readonly leftState = new ViewerState();
  protected readonly rightState = new ViewerState();
  protected readonly linked = { view: signal(true), window: signal(true) };
  /** Where keys go: the side that was used last. */
  protected readonly active = signal<Side>('left');
  protected readonly ids = computed(() => ({ left: idOf(this.left()), right: idOf(this.right()) }));
  protected readonly leftXray = computed(() => this.leftSide()?.xray() ?? null);
  protected readonly rightXray = computed(() => this.rightSide()?.xray() ?? null);
  protected readonly findings = computed(() =>
    compareFindings(this.leftXray()?.findings ?? [], this.rightXray()?.findings ?? []));
  protected readonly finding = linkedSignal<string[], string | null>({
    source: () => this.findings().map(({ id }) => id),
    computation: (ids, previous) => (previous?.value && ids.includes(previous.value) ? previous.value : ids[0] ?? null),
  });
  protected readonly otherPatient = computed(() => {
    const [left, right] = [this.leftXray(), this.rightXray()];
    return left !== null && right !== null && left.patient_reference !== right.patient_reference;
  });
  protected readonly decisionOf = decisionOf;
  protected readonly words = decisionWords;
  protected readonly leftName = $localize`:@@compare.left:Left`;
  protected readonly rightName = $localize`:@@compare.right:Right`;

  constructor() {
    linkStates(this.leftState, this.rightState, this.linked);
    inject(Shortcuts).add(
      ...viewerShortcuts(() => (this.active() === 'left' ? this.leftSide() : this.rightSide())?.viewer()),
      { key: 'j', does: $localize`:@@reading.next:Next finding`, run: () => this.step(1) },
      { key: 'k', does: $localize`:@@reading.previous:Previous finding`, run: () => this.step(-1) },
    );
  }

  protected choose(sides: Partial<Record<Side, number | null>>): void {
    const { left, right } = { ...this.ids(), ...sides };
    void this.router.navigate(['/compare'], { queryParams: { left, right }, replaceUrl: true });
  }

  protected exchange(): void {
    const { left, right } = this.ids();
    this.choose({ left: right, right: left });
  }

  private step(by: 1 | -1): void {
    const chosen = this.finding();
    if (chosen !== null) this.finding.set(nextOf(this.findings(), chosen, by));
  }
}

function idOf(text: string | undefined): number | null {
  const id = Number(text);
  return Number.isSafeInteger(id) && id > 0 ? id : null;
}
