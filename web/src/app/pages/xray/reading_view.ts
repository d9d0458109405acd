/** A reading: the image in its viewer, and beside it the findings, the chosen one, and what can be kept. */
import {
  ChangeDetectionStrategy, Component, computed, effect, inject, input, linkedSignal, untracked, viewChild,
} from '@angular/core';
import { FindingPipe, byProminence } from '../../shared/findings';
import { Icon } from '../../shared/icon';
import { ProblemNote } from '../../shared/problem_note';
import { Shortcuts } from '../../shell/shortcuts';
import { Viewer } from '../../viewer/viewer';
import { viewerShortcuts } from '../../viewer/viewer_actions';
import { ViewerState } from '../../viewer/viewer_state';
import { Downloads } from './downloads';
import { FindingDetail } from './finding_detail';
import { FindingList } from './finding_list';
import { nextOf } from './next_of';
import { picturesOf } from './pictures';
import type { ReadingSource } from './reading';
import { ReviewEditor } from './review_editor';
import type { Reviews } from './reviews';

@Component({
  selector: 'px-reading',
  imports: [Downloads, FindingDetail, FindingList, Icon, ProblemNote, ReviewEditor, Viewer],
  changeDetection: ChangeDetectionStrategy.OnPush,
  templateUrl: './reading_view.html',
  styleUrl: './reading_view.scss',
})
export class ReadingView {
  readonly source = input.required<ReadingSource>();
  /** Null where nobody may review: only who owns a stored X-ray does. */
  readonly reviews = input<Reviews | null>(null);

  private readonly viewer = viewChild(Viewer);
  private readonly findingName = new FindingPipe();
  protected readonly state = new ViewerState();
  protected readonly reading = computed(() => this.source().reading);
  protected readonly findings = computed(() => byProminence(this.reading().findings));
  protected readonly chosen = linkedSignal(() => this.findings()[0]?.id ?? '');
  protected readonly finding = computed(() => this.findings().find(({ id }) => id === this.chosen()) ?? null);

  protected readonly pictures = picturesOf(this.source, this.finding);
  /** The server says it in English; the one notice that there is, is said in the user's language. */
  protected readonly notice = computed(() => {
    const { notice } = this.reading();
    return notice?.includes('untrained') ? untrained : notice;
  });

  constructor() {
    inject(Shortcuts).add(
      ...viewerShortcuts(() => this.viewer()),
      { key: 'j', does: $localize`:@@reading.next:Next finding`, run: () => this.step(1) },
      { key: 'k', does: $localize`:@@reading.previous:Previous finding`, run: () => this.step(-1) },
    );
    // A note on the finding that is left is saved without waiting for a pause.
    effect((onCleanup) => {
      const [finding, reviews] = [this.finding(), this.reviews()];
      onCleanup(() => {
        if (finding && reviews) untracked(() => void reviews.of(finding).settle());
      });
    });
  }

  private step(by: 1 | -1): void {
    const finding = this.finding();
    if (!finding) return;
    this.chosen.set(nextOf(this.findings(), finding.id, by));
    this.viewer()?.announce(this.findingName.transform(this.finding()!));
  }
}

const untrained = $localize`:@@reading.untrained:Read by networks that were never trained: these scores mean nothing.`;
