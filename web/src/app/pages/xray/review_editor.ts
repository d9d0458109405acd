/** Accept or reject a finding and write a note on it; it is saved by itself. */
import { ChangeDetectionStrategy, Component, input } from '@angular/core';
import { MatButton } from '@angular/material/button';
import { Icon } from '../../shared/icon';
import { ProblemNote } from '../../shared/problem_note';
import type { ReviewDraft } from './review_draft';

const longestNote = 2000;

@Component({
  selector: 'px-review',
  imports: [Icon, MatButton, ProblemNote],
  changeDetection: ChangeDetectionStrategy.OnPush,
  templateUrl: './review_editor.html',
  styleUrl: './review_editor.scss',
})
export class ReviewEditor {
  readonly draft = input.required<ReviewDraft>();
  protected readonly longestNote = longestNote;
}
