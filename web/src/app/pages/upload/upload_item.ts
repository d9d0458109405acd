/** One radiograph on its way to the server: what is sent, and what has become of it. */
import { signal } from '@angular/core';
import type { Problem } from '../../api/problem';
import type { FindingResult, Prediction, XRay } from '../../api/types';

export type UploadState =
  | { step: 'refused'; why: string } // never sent: the server could not read it
  | { step: 'draft' } // the user has not said yet that it may go
  | { step: 'waiting' } // behind others
  | { step: 'sending'; share: number }
  | { step: 'reading'; since: number }
  | { step: 'pausing'; problem: Problem; until: number } // tried again by itself
  | { step: 'done'; reading: Reading }
  | { step: 'failed'; problem: Problem }
  | { step: 'cancelled' };

/** Stored, or read alone where the server stores nothing for strangers. */
export type Reading = { stored: XRay } | { unstored: Prediction };

const usualTitle = $localize`:@@upload.usualTitle:Chest X-ray`;

export class UploadItem {
  readonly state = signal<UploadState>({ step: 'draft' });
  readonly title = signal(usualTitle);
  readonly patientReference = signal('');
  /** Says again and again that it is this upload, so that it is stored once. */
  readonly once = randomKey();

  /** The file's name is shown here and never sent, since it may name a patient. */
  constructor(readonly file: File) {}

  /** The title to be sent: there always is one. */
  readonly chosenTitle = () => this.title().trim() || usualTitle;
  is = (...steps: UploadState['step'][]) => steps.includes(this.state().step);
  readonly running = () => this.is('waiting', 'sending', 'reading', 'pausing');
  readonly again = () => this.is('failed', 'cancelled');
}

export function findingsOf(reading: Reading): readonly FindingResult[] {
  return 'stored' in reading ? reading.stored.findings : reading.unstored.findings;
}

// Not randomUUID(): that is missing on pages without TLS.
function randomKey(): string {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}
