/** When the session has ended, the user logs in again where they are: what they were doing goes on. */
import { Injectable, inject } from '@angular/core';
import { MatDialog } from '@angular/material/dialog';
import { firstValueFrom } from 'rxjs';
import { Api } from '../api/api';
import { Session } from '../api/session';

@Injectable({ providedIn: 'root' })
export class LogInAgain {
  private readonly api = inject(Api);
  private readonly session = inject(Session);
  private readonly dialog = inject(MatDialog);
  private asking: Promise<boolean> | null = null;

  start(): void {
    this.api.renewSession = () => this.ask();
  }

  /** True: somebody is logged in again. All who ask at the same time share one dialog. */
  private ask(): Promise<boolean> {
    this.asking ??= this.askOnce().finally(() => (this.asking = null));
    return this.asking;
  }

  private async askOnce(): Promise<boolean> {
    const user = this.session.user();
    if (!user) return false;
    if (await this.hasSession()) return true;
    const { LogInAgainDialog } = await import('./log_in_again_dialog');
    const dialog = this.dialog.open<unknown, string, boolean>(LogInAgainDialog, { width: '26rem', data: user.username });
    return (await firstValueFrom(dialog.afterClosed())) ?? false;
  }

  // The session may have been renewed since the request that failed was sent, also in another tab.
  private hasSession(): Promise<boolean> {
    return this.api.me().then(
      ({ id }) => id === this.session.user()?.id,
      () => false,
    );
  }
}
