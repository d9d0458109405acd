/** The page where radiographs are chosen, sent and followed; with an account or, where that is allowed, without. */
import { ChangeDetectionStrategy, Component, ElementRef, computed, effect, inject, signal, viewChild } from '@angular/core';
import { takeUntilDestroyed } from '@angular/core/rxjs-interop';
import { LiveAnnouncer } from '@angular/cdk/a11y';
import { MatButton } from '@angular/material/button';
import { MatCheckbox } from '@angular/material/checkbox';
import { MatProgressBar } from '@angular/material/progress-bar';
import { Router, RouterLink } from '@angular/router';
import { Session } from '../../api/session';
import { Problem } from '../../api/problem';
import { BytesPipe } from '../../shared/formats';
import { Icon } from '../../shared/icon';
import { ProblemNote } from '../../shared/problem_note';
import { FileChoice } from './file_choice';
import { FileDrop } from './file_drop';
import { ResultPage } from './result_page';
import { Synthetic } from './synthetic';
import { UploadCard } from './upload_card';
import { UploadItem } from './upload_item';
import { UploadNews } from './upload_news';
import { UploadQueue } from './upload_queue';

@Component({
  imports: [
    BytesPipe, FileChoice, FileDrop, Icon, MatButton, MatCheckbox, MatProgressBar, ProblemNote, RouterLink, UploadCard,
  ],
  changeDetection: ChangeDetectionStrategy.OnPush,
  templateUrl: './upload.html',
  styleUrl: './upload.scss',
})
export default class Upload {
  protected readonly session = inject(Session);
  protected readonly queue = inject(UploadQueue);
  private readonly resultPage = inject(ResultPage);
  private readonly router = inject(Router);
  private readonly synthetic = inject(Synthetic);
  private readonly announcer = inject(LiveAnnouncer);
  private readonly listHeading = viewChild<ElementRef<HTMLElement>>('listHeading');

  private readonly recalled = signal(false);
  protected readonly noSynthetic = signal<unknown>(null);
  protected readonly noAnswer = new Problem('offline');
  /** What this user may do here; null: not known yet. */
  protected readonly mode = computed(() => {
    if (!this.recalled()) return null;
    return this.session.user() ? 'account' : (this.session.server()?.anonymous ?? null);
  });
  protected readonly asks = computed(() => ({ title: this.mode() !== 'read', patient: this.mode() === 'account' }));
  protected readonly hours = computed(() => this.session.server()?.anonymous_hours ?? 0);
  protected readonly mostBytes = computed(() => this.session.server()?.max_upload_bytes ?? 0);

  constructor() {
    inject(UploadNews);
    void this.session.ready.then(() => this.recalled.set(true));
    // Who is logged in uploads to their account whichever address they came by.
    effect(() => {
      const page = this.queue.page();
      if (this.mode() === 'account' && this.router.url !== page) void this.router.navigateByUrl(page, { replaceUrl: true });
    });
    this.queue.changes.pipe(takeUntilDestroyed()).subscribe((item) => this.follow(item));
  }

  protected async add(files: File[]): Promise<void> {
    if (this.mode() === 'off' || this.mode() === null) return;
    await this.queue.add(files);
    const count = this.queue.drafts().length;
    if (count > 0) void this.announcer.announce($localize`:@@upload.added:Ready to be read: ${count}:count:`);
  }

  protected start(): void {
    this.queue.start();
    this.focusList();
  }

  protected async trySynthetic(): Promise<void> {
    this.noSynthetic.set(null);
    try {
      this.synthetic.send(await this.synthetic.fetch());
    } catch (error) {
      this.noSynthetic.set(error);
    }
  }

  // What was pressed is gone: the keyboard goes on from the list's heading.
  protected focusList(): void {
    this.listHeading()?.nativeElement.focus();
  }

  // A single radiograph was all that was wanted: its reading opens by itself.
  private follow(item: UploadItem): void {
    if (!item.is('done') || this.queue.items().length > 1) return;
    void this.resultPage.open(item);
    this.queue.remove(item);
  }
}
