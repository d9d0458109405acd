/** The account's API keys. */
import { ChangeDetectionStrategy, Component, inject, signal } from '@angular/core';
import { MatButton } from '@angular/material/button';
import { MatDialog } from '@angular/material/dialog';
import { firstValueFrom } from 'rxjs';
import { Api } from '../../api/api';
import type { ApiKey } from '../../api/types';
import { Confirm } from '../../shared/confirm';
import { NumberPipe, TimePipe } from '../../shared/formats';
import { Icon } from '../../shared/icon';
import { LoadMore } from '../../shared/load_more';
import { PagedList } from '../../shared/paged_list';
import { ProblemNote } from '../../shared/problem_note';
import { KeyDialog } from './key_dialog';

@Component({
  selector: 'px-key-list',
  imports: [Icon, LoadMore, MatButton, NumberPipe, ProblemNote, TimePipe],
  changeDetection: ChangeDetectionStrategy.OnPush,
  templateUrl: './key_list.html',
  styleUrl: './key_list.scss',
})
export class KeyList {
  private readonly api = inject(Api);
  private readonly dialog = inject(MatDialog);
  private readonly confirm = inject(Confirm);
  protected readonly list = new PagedList<ApiKey>(this.api.apiKeys, ({ id }) => id);
  protected readonly problem = signal<unknown>(null);

  constructor() {
    void this.list.reload();
  }

  protected hasExpired = ({ expires }: ApiKey) => expires !== null && new Date(expires).getTime() <= Date.now();

  protected async add(): Promise<void> {
    // The key is shown once: no click beside the dialog may lose it.
    const dialog = this.dialog.open(KeyDialog, { width: '34rem', maxWidth: '95vw', disableClose: true });
    if (await firstValueFrom(dialog.afterClosed())) await this.list.reload();
  }

  protected async revoke(key: ApiKey): Promise<void> {
    const agreed = await this.confirm.ask({
      title: $localize`:@@developer.revokeTitle:Revoke the key “${key.name}:name:”?`,
      text: $localize`:@@developer.revokeMore:Programs that use it are refused from now on. It cannot be brought back.`,
      action: $localize`:@@developer.revoke:Revoke`,
    });
    if (!agreed) return;
    this.problem.set(null);
    try {
      await this.api.revokeApiKey(key.id);
      this.list.remove(key.id);
    } catch (error) {
      this.problem.set(error);
    }
  }
}
