/** Where one is logged in, and ending that. */
import { ChangeDetectionStrategy, Component, computed, inject, signal } from '@angular/core';
import { MatButton } from '@angular/material/button';
import { Router } from '@angular/router';
import { Api } from '../../api/api';
import { problemOf } from '../../api/problem';
import { Session } from '../../api/session';
import type { SessionInfo } from '../../api/types';
import { Confirm } from '../../shared/confirm';
import { TimePipe } from '../../shared/formats';
import { Icon } from '../../shared/icon';
import { LoadMore } from '../../shared/load_more';
import { PagedList } from '../../shared/paged_list';
import { ProblemNote } from '../../shared/problem_note';

@Component({
  selector: 'px-session-list',
  imports: [Icon, LoadMore, MatButton, ProblemNote, TimePipe],
  changeDetection: ChangeDetectionStrategy.OnPush,
  template: `
    <section class="card" aria-labelledby="sessions">
      <div class="row spread">
        <h2 id="sessions" i18n="@@settings.sessions">Where you are logged in</h2>
        @if (others().length > 0) {
          <button matButton="outlined" type="button" (click)="endOthers()" i18n="@@settings.endOthers">Log out everywhere else</button>
        }
      </div>
      <px-problem [error]="problem()" />
      <ul>
        @for (one of list.items(); track one.id) {
          <li>
            <px-icon [name]="one.kind === 'cookie' ? 'devices' : 'code'" />
            <div>
              <strong>@if (one.client) { {{ one.client }} } @else { <ng-container i18n="@@settings.unnamed">Unnamed client</ng-container> }</strong>
              @if (one.current) { <span class="current" i18n="@@settings.thisOne">This one</span> }
              <p class="muted small" i18n="@@settings.since">Since {{ one.created | pxTime }}, until {{ one.expires | pxTime }} at the latest</p>
            </div>
            <button matButton type="button" (click)="end(one)">
              <ng-container i18n="@@settings.end">Log out</ng-container>
              <span class="visually-hidden">{{ one.client }}, {{ one.created | pxTime }}</span>
            </button>
          </li>
        }
      </ul>
      <px-load-more [list]="list" />
    </section>
  `,
  styles: `
    ul { list-style: none; margin: 0; padding: 0; display: grid }
    li { display: grid; grid-template-columns: auto 1fr auto; gap: 1rem; align-items: center; padding-block: 0.6rem }
    li + li { border-top: 1px solid var(--mat-sys-outline-variant) }
    p { margin: 0 }
    .current { margin-left: 0.5rem; padding: 0.1rem 0.6rem; border-radius: 1rem; font-size: 0.8125rem; white-space: nowrap;
      background: var(--mat-sys-secondary-container); color: var(--mat-sys-on-secondary-container) }
  `,
})
export class SessionList {
  private readonly api = inject(Api);
  private readonly session = inject(Session);
  private readonly router = inject(Router);
  private readonly confirm = inject(Confirm);
  protected readonly list = new PagedList<SessionInfo>(this.api.sessions, ({ id }) => id);
  protected readonly others = computed(() => this.list.items().filter(({ current }) => !current));
  protected readonly problem = signal<unknown>(null);

  constructor() {
    void this.list.reload();
  }

  reload = () => this.list.reload();

  protected async end(one: SessionInfo): Promise<void> {
    this.problem.set(null);
    try {
      if (one.current) await this.logOut();
      else await this.endOne(one);
    } catch (error) {
      this.problem.set(error);
    }
  }

  protected async endOthers(): Promise<void> {
    const agreed = await this.confirm.ask({
      title: $localize`:@@settings.endOthersTitle:Log out everywhere else?`,
      text: $localize`:@@settings.endOthersMore:Browsers and programs that are logged in to your account have to log in again. API keys go on working.`,
      action: $localize`:@@settings.end:Log out`,
    });
    if (!agreed) return;
    this.problem.set(null);
    try {
      while (!this.list.complete() && !this.list.error()) await this.list.more();
      for (const one of this.others()) await this.endOne(one);
    } catch (error) {
      this.problem.set(error);
    }
  }

  private async logOut(): Promise<void> {
    await this.session.logOut();
    await this.router.navigateByUrl('/');
  }

  // One that has ended by itself in the meantime has ended, too.
  private async endOne({ id }: SessionInfo): Promise<void> {
    await this.api.endSession(id).catch((error) => {
      if (problemOf(error).kind !== 'not-found') throw error;
    });
    this.list.remove(id);
  }
}
