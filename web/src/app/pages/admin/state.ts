/** How the server is: queue, disk, what it holds. Looked at again while the page is in sight. */
import { ChangeDetectionStrategy, Component, DestroyRef, inject, signal } from '@angular/core';
import { Api } from '../../api/api';
import type { State as ServerState } from '../../api/types';
import { BytesPipe, NumberPipe, TimePipe } from '../../shared/formats';
import { ProblemNote } from '../../shared/problem_note';

const refreshMs = 10_000;

@Component({
  imports: [BytesPipe, NumberPipe, ProblemNote, TimePipe],
  changeDetection: ChangeDetectionStrategy.OnPush,
  templateUrl: './state.html',
  styleUrl: './state.scss',
})
export default class State {
  private readonly api = inject(Api);
  protected readonly state = signal<ServerState | null>(null);
  protected readonly seen = signal('');
  protected readonly error = signal<unknown>(null);

  constructor() {
    void this.load();
    const timer = setInterval(() => document.visibilityState === 'visible' && void this.load(), refreshMs);
    inject(DestroyRef).onDestroy(() => clearInterval(timer));
  }

  protected async load(): Promise<void> {
    try {
      this.state.set(await this.api.state());
      this.seen.set(new Date().toISOString());
      this.error.set(null);
    } catch (error) {
      this.error.set(error);
    }
  }
}
