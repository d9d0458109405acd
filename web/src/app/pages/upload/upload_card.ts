/** One upload: its picture, what is told of it, how far it is, and what may be done with it. */
import { ChangeDetectionStrategy, Component, computed, effect, inject, input, output, signal } from '@angular/core';
import { MatButton, MatIconButton } from '@angular/material/button';
import { MatFormFieldModule } from '@angular/material/form-field';
import { MatInput } from '@angular/material/input';
import { MatProgressBar } from '@angular/material/progress-bar';
import { byProminence, decisionOf, decisionWords, FindingPipe } from '../../shared/findings';
import { BytesPipe, NumberPipe } from '../../shared/formats';
import { Icon } from '../../shared/icon';
import { Preview } from './preview';
import { ResultPage } from './result_page';
import { UploadItem, findingsOf } from './upload_item';
import { UploadQueue } from './upload_queue';
import { newsOf, reasonOf } from './upload_words';

const mostShown = 3; // findings

@Component({
  selector: 'px-upload-card',
  imports: [
    BytesPipe, FindingPipe, Icon, MatButton, MatFormFieldModule, MatIconButton, MatInput, MatProgressBar, NumberPipe,
    Preview,
  ],
  changeDetection: ChangeDetectionStrategy.OnPush,
  templateUrl: './upload_card.html',
  styleUrl: './upload_card.scss',
})
export class UploadCard {
  readonly item = input.required<UploadItem>();
  /** Is there a title to give, and a patient's reference? */
  readonly asks = input.required<{ title: boolean; patient: boolean }>();
  readonly removed = output();

  protected readonly queue = inject(UploadQueue);
  protected readonly resultPage = inject(ResultPage);
  protected readonly decisionOf = decisionOf;
  protected readonly decisionWords = decisionWords;
  protected readonly newsOf = newsOf;
  protected readonly reasonOf = reasonOf;
  private readonly now = signal(Date.now());
  protected readonly state = computed(() => this.item().state());
  private readonly counts = computed(() => this.item().is('reading', 'pausing'));

  protected readonly findings = computed(() => {
    const state = this.state();
    return state.step === 'done' ? byProminence(findingsOf(state.reading)).slice(0, mostShown) : [];
  });
  /** Seconds that it has been read for, or until the next try. */
  protected readonly seconds = computed(() => {
    const state = this.state();
    if (state.step === 'reading') return Math.max(0, Math.floor((this.now() - state.since) / 1000));
    if (state.step === 'pausing') return Math.max(0, Math.ceil((state.until - this.now()) / 1000));
    return 0;
  });

  protected readonly openLabel = computed(() => $localize`:@@upload.openLabel:Open ${this.item().file.name}:file:`);
  protected readonly cancelLabel = computed(() => $localize`:@@upload.cancelLabel:Cancel ${this.item().file.name}:file:`);
  protected readonly removeLabel = computed(() => $localize`:@@upload.removeLabel:Remove ${this.item().file.name}:file:`);

  constructor() {
    effect((onCleanup) => {
      if (!this.counts()) return;
      this.now.set(Date.now());
      const clock = setInterval(() => this.now.set(Date.now()), 1000);
      onCleanup(() => clearInterval(clock));
    });
  }

  protected useFileName(): void {
    this.item().title.set(this.item().file.name.replace(/\.\w+$/, ''));
  }

  protected remove(): void {
    this.queue.remove(this.item());
    this.removed.emit();
  }
}
