/**
 * Uploads one after the other, for as long as the app is open: going to another page does not stop
 * them. Where the server is away or busy they wait and go on by themselves.
 */
import { Injectable, computed, effect, inject, signal } from '@angular/core';
import { Subject } from 'rxjs';
import { Api } from '../../api/api';
import { Problem, ProblemKind, problemOf } from '../../api/problem';
import { Session } from '../../api/session';
import { reasonAgainst } from './image_format';
import { Reading, UploadItem, UploadState } from './upload_item';

// How often a request is made again by itself. A failure of the server's own seldom passes.
const mostRetries: Partial<Record<ProblemKind, number>> = {
  offline: 12, unavailable: 12, 'too-many-requests': 12, 'internal-error': 1,
};
const longestWait = 30; // seconds, unless the server wants more

/** Seconds until the next try after so many; null: no further one. */
export function waitBefore(retry: number, problem: Problem): number | null {
  if (retry > (mostRetries[problem.kind] ?? 0)) return null;
  return Math.max(problem.retryAfter ?? 0, Math.min(longestWait, 2 ** (retry - 1)));
}

@Injectable({ providedIn: 'root' })
export class UploadQueue {
  private readonly api = inject(Api);
  private readonly session = inject(Session);
  private readonly list = signal<readonly UploadItem[]>([]);
  private readonly stops = new Map<UploadItem, AbortController>();
  private readonly news = new Subject<UploadItem>();
  private working = false;
  private endPause: () => void = () => undefined;

  readonly items = this.list.asReadonly();
  readonly drafts = computed(() => this.list().filter((item) => item.is('draft')));
  readonly running = computed(() => this.list().some((item) => item.running()));
  /** May the images be used to improve the networks? Of those that are sent from now on. */
  readonly consent = signal(false);
  /** The address of the page that shows them. */
  readonly page = computed(() => (this.session.user() ? `/users/${this.session.user()?.id}/upload` : '/anonupload'));
  /** An upload whenever its step changes. */
  readonly changes = this.news.asObservable();

  constructor() {
    effect((onCleanup) => {
      if (!this.running()) return;
      window.addEventListener('beforeunload', askBeforeLeaving);
      onCleanup(() => window.removeEventListener('beforeunload', askBeforeLeaving));
    });
    // What one user chose is not for the next one's eyes.
    const userId = computed(() => this.session.user()?.id);
    effect((onCleanup) => {
      if (userId() !== undefined) onCleanup(() => this.clear());
    });
    window.addEventListener('online', () => this.tryNow());
  }

  async add(files: readonly File[]): Promise<void> {
    const mostBytes = this.session.server()?.max_upload_bytes ?? null;
    for (const file of files) {
      const item = new UploadItem(file);
      const why = await reasonAgainst(file, mostBytes);
      if (why) item.state.set({ step: 'refused', why });
      this.list.update((items) => [...items, item]);
      if (why) this.news.next(item);
    }
  }

  /** Send an image that needs no further word of the user's. */
  sendNow(image: Blob, title: string): void {
    const item = new UploadItem(new File([image], title));
    item.title.set(title);
    this.list.update((items) => [...items, item]);
    this.wait([item]);
  }

  /** Send what was added. */
  start(): void {
    this.wait(this.drafts());
  }

  retry(item: UploadItem): void {
    if (item.again()) this.wait([item]);
  }

  /** What waits for the server need not wait any longer. */
  tryNow(): void {
    this.endPause();
  }

  cancel(item: UploadItem): void {
    if (!item.running()) return;
    this.stops.get(item)?.abort();
    this.become(item, { step: 'cancelled' });
  }

  remove(item: UploadItem): void {
    this.cancel(item);
    this.list.update((items) => items.filter((other) => other !== item));
  }

  clear(): void {
    for (const item of this.list()) this.remove(item);
  }

  private wait(items: readonly UploadItem[]): void {
    for (const item of items) this.become(item, { step: 'waiting' });
    void this.work();
  }

  private async work(): Promise<void> {
    if (this.working) return;
    this.working = true;
    await this.session.ready;
    for (let next; (next = this.list().find((item) => item.is('waiting'))); ) await this.send(next);
    this.working = false;
  }

  private async send(item: UploadItem): Promise<void> {
    const stop = new AbortController();
    this.stops.set(item, stop);
    for (let retry = 1; !stop.signal.aborted; retry++) {
      try {
        const reading = await this.sendOnce(item, stop.signal);
        if (!stop.signal.aborted) this.become(item, { step: 'done', reading });
        break;
      } catch (error) {
        if (stop.signal.aborted) break;
        const problem = problemOf(error);
        const seconds = waitBefore(retry, problem);
        if (seconds === null) {
          this.become(item, { step: 'failed', problem });
          break;
        }
        await this.pause(item, problem, seconds, stop.signal);
      }
    }
    if (this.stops.get(item) === stop) this.stops.delete(item);
  }

  private async sendOnce(item: UploadItem, signal: AbortSignal): Promise<Reading> {
    const tell = (share: number) => this.tellProgress(item, share);
    const user = this.session.user();
    this.become(item, { step: 'sending', share: 0 });
    if (!user && this.session.server()?.anonymous === 'read')
      return { unstored: await this.api.predict(item.file, tell, signal) };
    // Strangers' uploads have no key. One whose answer was lost is deleted with all of theirs, soon.
    return { stored: await this.api.upload(this.formOf(item), user ? item.once : null, tell, signal) };
  }

  private formOf(item: UploadItem): FormData {
    const form = new FormData();
    form.append('title', item.chosenTitle());
    const patient = item.patientReference().trim();
    if (patient) form.append('patient_reference', patient);
    if (this.session.user()) form.append('consent', String(this.consent()));
    form.append('image', item.file, 'radiograph');
    return form;
  }

  private tellProgress(item: UploadItem, share: number): void {
    if (!item.running()) return;
    if (share < 1) item.state.set({ step: 'sending', share });
    else if (!item.is('reading')) this.become(item, { step: 'reading', since: Date.now() });
  }

  private pause(item: UploadItem, problem: Problem, seconds: number, signal: AbortSignal): Promise<void> {
    this.become(item, { step: 'pausing', problem, until: Date.now() + 1000 * seconds });
    return new Promise((resolve) => {
      this.endPause = resolve;
      setTimeout(resolve, 1000 * seconds);
      signal.addEventListener('abort', () => resolve());
    });
  }

  private become(item: UploadItem, state: UploadState): void {
    item.state.set(state);
    this.news.next(item);
  }
}

function askBeforeLeaving(event: BeforeUnloadEvent): void {
  event.preventDefault();
}
