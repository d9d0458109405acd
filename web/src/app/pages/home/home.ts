/** The first page: what perXeptron is for, how it is used, where its limits are, and where to begin. */
import { ChangeDetectionStrategy, Component, computed, inject, signal } from '@angular/core';
import { MatButton } from '@angular/material/button';
import { Router, RouterLink } from '@angular/router';
import { Session } from '../../api/session';
import { FindingPipe } from '../../shared/findings';
import { Icon } from '../../shared/icon';
import { ProblemNote } from '../../shared/problem_note';
import { FileDrop } from '../upload/file_drop';
import { Synthetic } from '../upload/synthetic';
import { UploadNews } from '../upload/upload_news';
import { UploadQueue } from '../upload/upload_queue';
import { Illustration } from './illustration';

@Component({
  imports: [FileDrop, FindingPipe, Icon, Illustration, MatButton, ProblemNote, RouterLink],
  changeDetection: ChangeDetectionStrategy.OnPush,
  templateUrl: './home.html',
  styleUrl: './home.scss',
})
export default class Home {
  protected readonly session = inject(Session);
  protected readonly queue = inject(UploadQueue);
  private readonly synthetic = inject(Synthetic);
  private readonly router = inject(Router);

  protected readonly mayUpload = computed(() =>
    this.session.user() !== null || this.session.server()?.anonymous !== 'off');
  protected readonly hours = computed(() => this.session.server()?.anonymous_hours ?? 0);
  protected readonly fetching = signal(false);
  protected readonly noSynthetic = signal<unknown>(null);

  constructor() {
    inject(UploadNews);
  }

  protected async upload(files: File[]): Promise<void> {
    if (!this.mayUpload()) return;
    await this.queue.add(files);
    await this.router.navigateByUrl(this.queue.page());
  }

  protected async trySynthetic(): Promise<void> {
    if (this.fetching()) return;
    this.fetching.set(true);
    this.noSynthetic.set(null);
    try {
      const image = await this.synthetic.fetch();
      // The page must be there before the reading that it opens.
      await this.router.navigateByUrl(this.queue.page());
      this.synthetic.send(image);
    } catch (error) {
      this.noSynthetic.set(error);
    } finally {
      this.fetching.set(false);
    }
  }
}
