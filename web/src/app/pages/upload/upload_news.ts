/**
 * Says what becomes of uploads: to screen readers at each step, and to those who went on to another
 * page when a radiograph is read or could not be.
 */
import { LiveAnnouncer } from '@angular/cdk/a11y';
import { Injectable, inject } from '@angular/core';
import { MatSnackBar } from '@angular/material/snack-bar';
import { Router } from '@angular/router';
import { ResultPage } from './result_page';
import { UploadItem } from './upload_item';
import { UploadQueue } from './upload_queue';
import { newsOf } from './upload_words';

@Injectable({ providedIn: 'root' })
export class UploadNews {
  private readonly announcer = inject(LiveAnnouncer);
  private readonly messages = inject(MatSnackBar);
  private readonly router = inject(Router);
  private readonly resultPage = inject(ResultPage);
  private readonly queue = inject(UploadQueue);

  constructor() {
    this.queue.changes.subscribe((item) => this.tell(item));
  }

  private tell(item: UploadItem): void {
    if (this.isUploadPage() || !item.is('done', 'failed')) void this.announcer.announce(newsOf(item.state()));
    else this.show(item);
  }

  // Announced by the message itself.
  private show(item: UploadItem): void {
    const action = item.is('done') ? $localize`:@@upload.open:Open` : $localize`:@@upload.look:Look`;
    const message = this.messages.open(newsOf(item.state()), action, { duration: 12_000 });
    message.onAction().subscribe(() =>
      item.is('done') ? this.resultPage.open(item) : this.router.navigateByUrl(this.queue.page()));
  }

  private readonly isUploadPage = () => this.router.url.split(/[?#]/)[0] === this.queue.page();
}
