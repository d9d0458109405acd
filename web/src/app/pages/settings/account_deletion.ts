/** Deleting the account, behind its password and its name typed once more. */
import { ChangeDetectionStrategy, Component, computed, inject, input, signal, viewChild } from '@angular/core';
import { MatButton } from '@angular/material/button';
import { MatSnackBar } from '@angular/material/snack-bar';
import { Router } from '@angular/router';
import { Api } from '../../api/api';
import { Problem, problemOf } from '../../api/problem';
import { Session } from '../../api/session';
import type { User } from '../../api/types';
import { ProblemNote } from '../../shared/problem_note';
import { TextField } from '../../shared/text_field';
import { concernsForm, fieldWords } from '../account/field_words';

@Component({
  selector: 'px-account-deletion',
  imports: [MatButton, ProblemNote, TextField],
  changeDetection: ChangeDetectionStrategy.OnPush,
  template: `
    <section class="card" aria-labelledby="deletion">
      <h2 id="deletion" i18n="@@settings.deletion">Delete the account</h2>
      <p i18n="@@settings.deletionMore">Your X-rays with their images, readings and notes are deleted, and your API keys, sessions and usage. Nobody can bring them back. The audit trail keeps that your account was there.</p>
      @if (user().role === 'admin') {
        <p class="note" i18n="@@settings.adminStays">Administrators cannot delete themselves: another administrator takes the role away first.</p>
      } @else if (!open()) {
        <div><button matButton="outlined" type="button" (click)="open.set(true)" i18n="@@settings.deletionBegin">Delete my account…</button></div>
      } @else {
        <form class="form" (submit)="remove($event)" (input)="problem.set(null)" novalidate>
          <px-text-field i18n-label="@@settings.typeName" label="Your user name, to be sure" [(value)]="typed"
            [hint]="user().username" />
          <px-text-field #passwordField i18n-label="@@account.password" label="Password" type="password" autocomplete="current-password"
            [(value)]="password" [error]="passwordError()" />
          <px-problem [error]="otherProblem()" />
          <div class="row">
            <button matButton="filled" class="danger" type="submit" [disabled]="!sure() || !password() || busy()" i18n="@@settings.deleteNow">Delete for good</button>
            <button matButton type="button" (click)="cancel()" i18n="@@confirm.cancel">Cancel</button>
          </div>
        </form>
      }
    </section>
  `,
  styles: `
    p { margin: 0 }
    .danger:not([disabled]) {
      --mat-button-filled-container-color: var(--mat-sys-error); --mat-button-filled-label-text-color: var(--mat-sys-on-error);
    }
  `,
})
export class AccountDeletion {
  readonly user = input.required<User>();
  private readonly api = inject(Api);
  private readonly session = inject(Session);
  private readonly router = inject(Router);
  private readonly messages = inject(MatSnackBar);
  protected readonly open = signal(false);
  protected readonly typed = signal('');
  protected readonly password = signal('');
  protected readonly busy = signal(false);
  protected readonly problem = signal<Problem | null>(null);
  private readonly passwordField = viewChild<TextField>('passwordField');

  protected readonly sure = computed(() => this.typed().trim() === this.user().username);
  protected readonly passwordError = computed(() => fieldWords(this.problem(), 'password'));
  protected readonly otherProblem = computed(() => {
    const problem = this.problem();
    return problem && concernsForm(problem, ['password']) ? problem : null;
  });

  protected async remove(event: Event): Promise<void> {
    event.preventDefault();
    if (!this.sure() || this.busy()) return;
    this.busy.set(true);
    try {
      await this.api.deleteAccount(this.password());
      this.session.leave();
      await this.router.navigateByUrl('/');
      this.messages.open($localize`:@@settings.deleted:Your account is deleted.`, undefined, { duration: 8000 });
    } catch (error) {
      this.problem.set(problemOf(error));
      if (this.passwordError()) this.passwordField()?.focus();
    } finally {
      this.busy.set(false);
    }
  }

  protected cancel(): void {
    for (const field of [this.typed, this.password]) field.set('');
    this.problem.set(null);
    this.open.set(false);
  }
}
