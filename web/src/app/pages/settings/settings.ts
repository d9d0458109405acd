/** How the app looks and speaks; and for those who are logged in, their account. */
import { ChangeDetectionStrategy, Component, inject } from '@angular/core';
import { RouterLink } from '@angular/router';
import { Session } from '../../api/session';
import { AccountDeletion } from './account_deletion';
import { Appearance } from './appearance';
import { PasswordChange } from './password_change';
import { SessionList } from './session_list';

@Component({
  imports: [AccountDeletion, Appearance, PasswordChange, RouterLink, SessionList],
  changeDetection: ChangeDetectionStrategy.OnPush,
  template: `
    <div class="page">
      <div>
        <h1 i18n="@@settings.title">Settings</h1>
        @if (session.user(); as user) {
          <p class="lead" i18n="@@settings.who">Logged in as {{ user.username }}</p>
        } @else {
          <p class="lead" i18n="@@settings.nobody">They are kept in this browser. <a routerLink="/login" [queryParams]="{ next: '/settings' }">Log in</a> for those of your account.</p>
        }
      </div>
      <px-appearance />
      @if (session.user(); as user) {
        <px-password-change [username]="user.username" (changed)="sessions.reload()" />
        <px-session-list #sessions />
        <px-account-deletion [user]="user" />
      }
    </div>
  `,
})
export default class Settings {
  protected readonly session = inject(Session);
}
