/** The last reading of an image that is not stored: it lives in this tab's memory alone. */
import { Injectable, signal } from '@angular/core';
import type { Prediction } from '../../api/types';

@Injectable({ providedIn: 'root' })
export class Unstored {
  private readonly kept = signal<{ file: File; prediction: Prediction } | null>(null);
  readonly last = this.kept.asReadonly();

  set(file: File, prediction: Prediction): void {
    this.kept.set({ file, prediction });
  }
}
