/** Changing the password: this session goes on, the others end. */
import { ChangeDetectionStrategy, Component, computed, inject, input, output, signal, viewChild } from '@angular/core';
import { MatButton } from '@angular/material/button';
import { MatSnackBar } from '@angular/material/snack-bar';
import { Api } from '../../api/api';
import { Problem, problemOf } from '../../api/problem';
import { ProblemNote } from '../../shared/problem_note';
import { TextField } from '../../shared/text_field';
import { concernsForm, fieldWords } from '../account/field_words';
import { PasswordRulesList } from '../account/password_rules_list';

@Component({
  selector: 'px-password-change',
  imports: [MatButton, PasswordRulesList, ProblemNote, TextField],
  changeDetection: ChangeDetectionStrategy.OnPush,
  template: `
    <form class="card form" aria-labelledby="password" (submit)="change($event)" (input)="problem.set(null)" novalidate>
      <h2 id="password" i18n="@@settings.password">Password</h2>
      <p class="muted" i18n="@@settings.passwordMore">With a new password you stay logged in here, and are logged out everywhere else.</p>
      <input class="visually-hidden" tabindex="-1" aria-hidden="true" autocomplete="username" readonly [value]="username()" />
      <px-text-field #currentField i18n-label="@@settings.current" label="Current password" type="password" autocomplete="current-password"
        [(value)]="current" [error]="currentError()" />
      <px-text-field #wantedField i18n-label="@@settings.new" label="New password" type="password" autocomplete="new-password"
        [(value)]="wanted" [error]="wantedError()" />
      @if (wanted()) { <px-password-rules [password]="wanted()" [username]="username()" /> }
      <px-problem [error]="otherProblem()" />
      <div><button matButton="filled" type="submit" [disabled]="busy() || !current() || !wanted()" i18n="@@settings.change">Change the password</button></div>
    </form>
  `,
  styles: `p { margin: 0 }`,
})
export class PasswordChange {
  readonly username = input.required<string>();
  readonly changed = output();
  private readonly api = inject(Api);
  private readonly messages = inject(MatSnackBar);
  protected readonly current = signal('');
  protected readonly wanted = signal('');
  protected readonly busy = signal(false);
  protected readonly problem = signal<Problem | null>(null);
  private readonly currentField = viewChild.required<TextField>('currentField');
  private readonly wantedField = viewChild.required<TextField>('wantedField');

  protected readonly currentError = computed(() => fieldWords(this.problem(), 'current_password'));
  protected readonly wantedError = computed(() => fieldWords(this.problem(), 'new_password'));
  protected readonly otherProblem = computed(() => {
    const problem = this.problem();
    return problem && concernsForm(problem, ['current_password', 'new_password']) ? problem : null;
  });

  protected async change(event: Event): Promise<void> {
    event.preventDefault();
    this.busy.set(true);
    try {
      await this.api.changePassword(this.current(), this.wanted());
      this.current.set('');
      this.wanted.set('');
      this.changed.emit();
      this.messages.open($localize`:@@settings.changed:The password is changed.`, undefined, { duration: 6000 });
    } catch (error) {
      this.problem.set(problemOf(error));
      if (this.currentError()) this.currentField().focus();
      else if (this.wantedError()) this.wantedField().focus();
    } finally {
      this.busy.set(false);
    }
  }
}
