/**
 * What a person thinks of a finding, from what is typed to what the server keeps. Whatever was typed
 * stays here until it is saved; one request at a time, and the last word wins.
 */
import { computed, signal } from '@angular/core';
import type { Review, ReviewChange } from '../../api/types';

export type SaveState = 'none' | 'saved' | 'unsaved' | 'saving' | 'failed';

export interface ReviewStore {
  save(review: ReviewChange): Promise<unknown>;
  remove(): Promise<unknown>;
}

const blank: ReviewChange = { verdict: null, note: '' };
const isBlank = ({ verdict, note }: ReviewChange) => verdict === null && note.trim() === '';
const same = (a: ReviewChange, b: ReviewChange) => a.verdict === b.verdict && a.note === b.note;

export class ReviewDraft {
  private kept: ReviewChange;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private underWay: Promise<void> | null = null;
  private readonly draft;
  private readonly progress;
  private readonly failure = signal<unknown>(null);

  readonly verdict = computed(() => this.draft().verdict);
  readonly note = computed(() => this.draft().note);
  readonly state;
  readonly error = this.failure.asReadonly();

  /** `pause`: milliseconds without typing after which a note is saved. */
  constructor(initial: Review | null | undefined, private readonly store: ReviewStore, private readonly pause = 800) {
    this.kept = initial ? { verdict: initial.verdict, note: initial.note } : blank;
    this.draft = signal(this.kept);
    this.progress = signal<SaveState>(initial ? 'saved' : 'none');
    this.state = this.progress.asReadonly();
  }

  /** Chosen again, a verdict is taken back. */
  toggleVerdict(verdict: 'accepted' | 'rejected'): void {
    this.draft.update((draft) => ({ ...draft, verdict: draft.verdict === verdict ? null : verdict }));
    void this.settle();
  }

  setNote(note: string): void {
    this.draft.update((draft) => ({ ...draft, note }));
    this.progress.set('unsaved');
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.settle(), this.pause);
  }

  /** Saves what is not saved yet; whether all of it then is. */
  async settle(): Promise<boolean> {
    clearTimeout(this.timer);
    while (this.underWay || !same(this.draft(), this.kept)) {
      this.underWay ??= this.save(this.draft()).finally(() => (this.underWay = null));
      await this.underWay;
      if (this.progress() === 'failed') return false;
    }
    this.progress.set(isBlank(this.kept) ? 'none' : 'saved');
    return true;
  }

  private async save(draft: ReviewChange): Promise<void> {
    this.progress.set('saving');
    this.failure.set(null);
    try {
      if (!isBlank(draft)) await this.store.save(draft);
      else if (!isBlank(this.kept)) await this.store.remove();
      this.kept = draft;
    } catch (error) {
      this.failure.set(error);
      this.progress.set('failed');
    }
  }
}
