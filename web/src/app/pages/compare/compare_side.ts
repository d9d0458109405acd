/** One side of a comparison: an X-ray in its viewer, or what to choose one from. */
import { ChangeDetectionStrategy, Component, computed, inject, input, output, resource, signal, viewChild } from '@angular/core';
import { MatButton } from '@angular/material/button';
import { MatProgressBar } from '@angular/material/progress-bar';
import { RouterLink } from '@angular/router';
import { Api } from '../../api/api';
import type { XRay } from '../../api/types';
import { TimePipe } from '../../shared/formats';
import { ProblemNote } from '../../shared/problem_note';
import { Viewer } from '../../viewer/viewer';
import type { ViewerState } from '../../viewer/viewer_state';
import { picturesOf } from '../xray/pictures';
import { storedReading } from '../xray/reading';
import { XRayPicker } from './picker';

@Component({
  selector: 'px-compare-side',
  imports: [MatButton, MatProgressBar, ProblemNote, RouterLink, TimePipe, Viewer, XRayPicker],
  changeDetection: ChangeDetectionStrategy.OnPush,
  templateUrl: './compare_side.html',
  styleUrl: './compare_side.scss',
})
export class CompareSide {
  readonly name = input.required<string>();
  readonly id = input<number | null>(null);
  readonly state = input.required<ViewerState>();
  /** The finding that is chosen on both sides. */
  readonly finding = input<string | null>(null);
  readonly beside = input<XRay | null>(null);
  readonly picked = output<number>();

  private readonly api = inject(Api);
  readonly viewer = viewChild(Viewer);
  protected readonly loading = resource({
    params: () => this.id() ?? undefined,
    loader: ({ params: id }) => this.api.xray(id),
  });
  readonly xray = computed(() => (this.loading.hasValue() ? this.loading.value() : null));
  private readonly source = computed(() => {
    const xray = this.xray();
    return xray && storedReading(this.api, xray);
  });
  private readonly chosen = computed(() => this.xray()?.findings.find(({ id }) => id === this.finding()) ?? null);
  protected readonly pictures = picturesOf(this.source, this.chosen);
  protected readonly choosing = signal(false);

  protected pick(xray: XRay): void {
    this.choosing.set(false);
    this.picked.emit(xray.id);
  }
}
