/** Sends a synthetic radiograph as if it were the user's own, for those who want to try and have none. */
import { Injectable, inject } from '@angular/core';
import { Api } from '../../api/api';
import { UploadQueue } from './upload_queue';

const seeds = 1_000_000;

@Injectable({ providedIn: 'root' })
export class Synthetic {
  private readonly api = inject(Api);
  private readonly queue = inject(UploadQueue);

  fetch(): Promise<Blob> {
    return this.api.phantom(Math.floor(Math.random() * seeds));
  }

  send(image: Blob): void {
    this.queue.sendNow(image, $localize`:@@upload.synthetic:Synthetic radiograph`);
  }
}
