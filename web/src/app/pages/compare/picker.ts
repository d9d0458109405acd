/** Chooses one of the user's X-rays, those of the same patient as the other side's first. */
import { ChangeDetectionStrategy, Component, computed, inject, input, output, resource, signal } from '@angular/core';
import { MatProgressBar } from '@angular/material/progress-bar';
import { Api } from '../../api/api';
import type { XRay } from '../../api/types';
import { TimePipe } from '../../shared/formats';
import { Icon } from '../../shared/icon';
import { ProblemNote } from '../../shared/problem_note';
import { choicesFor } from './comparison';

const typingPause = 300; // milliseconds

@Component({
  selector: 'px-xray-picker',
  imports: [Icon, MatProgressBar, ProblemNote, TimePipe],
  changeDetection: ChangeDetectionStrategy.OnPush,
  templateUrl: './picker.html',
  styleUrl: './picker.scss',
})
export class XRayPicker {
  /** What is on the other side. */
  readonly beside = input<XRay | null>(null);
  readonly picked = output<XRay>();
  private readonly api = inject(Api);
  private timer: ReturnType<typeof setTimeout> | undefined;
  private readonly text = signal('');

  protected readonly found = resource({
    params: () => ({ text: this.text(), beside: this.beside() }),
    loader: async ({ params: { text, beside } }) => {
      const searches = text ? [{ text }] : [...(beside?.patient_reference ? [{ text: beside.patient_reference }] : []), {}];
      const pages = await Promise.all(searches.map((search) => this.api.xrays(search)));
      return choicesFor(beside, ...pages.map(({ items }) => items));
    },
  });
  protected readonly groups = computed(() => {
    if (!this.found.hasValue()) return [];
    const { samePatient, others } = this.found.value();
    return [
      { name: $localize`:@@compare.samePatient:Of the same patient`, xrays: samePatient },
      { name: samePatient.length ? $localize`:@@compare.others:Others` : $localize`:@@compare.yours:Your X-rays`, xrays: others },
    ].filter(({ xrays }) => xrays.length > 0);
  });

  protected search(text: string): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.text.set(text.trim()), typingPause);
  }
}
