/** The reading of an image that was not stored: it lives as long as the browser's tab. */
import { Injectable, signal } from '@angular/core';
import type { Prediction } from '../../api/types';
import { ReadingSource, unstoredReading } from './reading';

@Injectable({ providedIn: 'root' })
export class Unstored {
  private readonly last = signal<ReadingSource | null>(null);
  readonly reading = this.last.asReadonly();

  set(file: File, prediction: Prediction): void {
    this.last.set(unstoredReading(file, prediction));
  }
}
