/** Opens the page that shows an upload's reading. */
import { Injectable, inject } from '@angular/core';
import { Router } from '@angular/router';
import { Unstored } from '../xray/unstored';
import { UploadItem } from './upload_item';

@Injectable({ providedIn: 'root' })
export class ResultPage {
  private readonly router = inject(Router);
  private readonly unstored = inject(Unstored);

  open({ file, state }: UploadItem): Promise<boolean> {
    const now = state();
    if (now.step !== 'done') return Promise.resolve(false);
    if ('unstored' in now.reading) {
      this.unstored.set(file, now.reading.unstored);
      return this.router.navigateByUrl('/results');
    }
    const { id, capability } = now.reading.stored;
    return this.router.navigate(['/xrays', id], { fragment: capability });
  }
}
