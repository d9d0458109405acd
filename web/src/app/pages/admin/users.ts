/** The accounts of this server: found, disabled, made administrators, given a new password. */
import { ChangeDetectionStrategy, Component, DestroyRef, inject, signal } from '@angular/core';
import { MatButton } from '@angular/material/button';
import { MatDialog } from '@angular/material/dialog';
import { MatFormFieldModule } from '@angular/material/form-field';
import { MatInput } from '@angular/material/input';
import { MatMenuModule } from '@angular/material/menu';
import { RouterLink } from '@angular/router';
import { Api } from '../../api/api';
import { Session } from '../../api/session';
import type { User } from '../../api/types';
import { Confirm, Question } from '../../shared/confirm';
import { TimePipe } from '../../shared/formats';
import { Icon } from '../../shared/icon';
import { LoadMore } from '../../shared/load_more';
import { PagedList } from '../../shared/paged_list';
import { ProblemNote } from '../../shared/problem_note';
import { PasswordDialog } from './password_dialog';

// Somebody who types is not done yet.
const typingPauseMs = 300;

@Component({
  imports: [Icon, LoadMore, MatButton, MatFormFieldModule, MatInput, MatMenuModule, ProblemNote, RouterLink, TimePipe],
  changeDetection: ChangeDetectionStrategy.OnPush,
  templateUrl: './users.html',
  styleUrl: './users.scss',
})
export default class Users {
  private readonly api = inject(Api);
  private readonly confirm = inject(Confirm);
  private readonly dialog = inject(MatDialog);
  private readonly session = inject(Session);
  private text = '';
  protected readonly list = new PagedList<User>(
    (cursor) => this.api.users(this.text || undefined, cursor), ({ id }) => id);
  protected readonly problem = signal<unknown>(null);
  private timer?: ReturnType<typeof setTimeout>;

  constructor() {
    void this.list.reload();
    inject(DestroyRef).onDestroy(() => clearTimeout(this.timer));
  }

  // The server refuses it, too: a server without an administrator could not be mended from here.
  protected isSelf = ({ id }: User) => id === this.session.user()?.id;

  protected find(field: EventTarget | null): void {
    this.text = (field as HTMLInputElement).value.trim();
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.list.reload(), typingPauseMs);
  }

  protected setDisabled(user: User, disabled: boolean): Promise<void> {
    return this.carryOut(disabled ? {
      title: $localize`:@@admin.disableTitle:Disable ${user.username}:name:?`,
      text: $localize`:@@admin.disableMore:They are logged out everywhere and cannot log in; their API keys stop working. Their X-rays stay.`,
      action: $localize`:@@admin.disable:Disable`,
    } : null, async () => this.list.replace(await this.api.changeUser(user.id, { disabled })));
  }

  protected setRole(user: User, role: User['role']): Promise<void> {
    return this.carryOut(role === 'admin' ? {
      title: $localize`:@@admin.promoteTitle:Make ${user.username}:name: an administrator?`,
      text: $localize`:@@admin.promoteMore:Administrators can disable accounts, reset passwords and read the audit trail. They do not see others' X-rays.`,
      action: $localize`:@@admin.promote:Make administrator`,
    } : {
      title: $localize`:@@admin.demoteTitle:Take the administrator's role from ${user.username}:name:?`,
      text: $localize`:@@admin.demoteMore:They keep their account and their X-rays.`,
      action: $localize`:@@admin.demote:Take the role`,
    }, async () => this.list.replace(await this.api.changeUser(user.id, { role })));
  }

  protected resetPassword(user: User): Promise<void> {
    return this.carryOut({
      title: $localize`:@@admin.resetTitle:Give ${user.username}:name: a new password?`,
      text: $localize`:@@admin.resetMore:The old one stops working, and they are logged out everywhere. You are shown the new one, once.`,
      action: $localize`:@@admin.reset:New password`,
    }, async () => {
      const { password } = await this.api.resetPassword(user.id);
      this.dialog.open(PasswordDialog, { data: { username: user.username, password }, disableClose: true, maxWidth: '95vw' });
    });
  }

  private async carryOut(question: Question | null, change: () => Promise<void>): Promise<void> {
    if (question && !(await this.confirm.ask(question))) return;
    this.problem.set(null);
    try {
      await change();
    } catch (error) {
      this.problem.set(error);
    }
  }
}
