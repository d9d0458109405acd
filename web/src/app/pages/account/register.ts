/** Making an account; its owner is logged in at once. */
import { ChangeDetectionStrategy, Component, computed, inject, input, signal, viewChild } from '@angular/core';
import { MatButton } from '@angular/material/button';
import { Router, RouterLink } from '@angular/router';
import { Api } from '../../api/api';
import { Problem, problemOf } from '../../api/problem';
import { Session } from '../../api/session';
import { Icon } from '../../shared/icon';
import { ProblemNote } from '../../shared/problem_note';
import { TextField } from '../../shared/text_field';
import { concernsForm, fieldWords } from './field_words';
import { ownPage } from './next_page';
import { PasswordRulesList } from './password_rules_list';
import { WaitNote } from './wait_note';

@Component({
  imports: [Icon, MatButton, PasswordRulesList, ProblemNote, RouterLink, TextField, WaitNote],
  changeDetection: ChangeDetectionStrategy.OnPush,
  templateUrl: './register.html',
  styleUrl: './account.scss',
})
export default class Register {
  /** The page that asked for it, from the address. */
  readonly next = input<string>();
  protected readonly session = inject(Session);
  private readonly api = inject(Api);
  private readonly router = inject(Router);
  protected readonly username = signal('');
  protected readonly password = signal('');
  protected readonly busy = signal(false);
  protected readonly problem = signal<Problem | null>(null);
  private readonly usernameField = viewChild<TextField>('usernameField');
  private readonly passwordField = viewChild<TextField>('passwordField');

  protected readonly usernameError = computed(() => fieldWords(this.problem(), 'username'));
  protected readonly passwordError = computed(() => fieldWords(this.problem(), 'password'));
  protected readonly wait = computed(() => this.problem()?.wait ?? 0);
  protected readonly otherProblem = computed(() => {
    const problem = this.problem();
    return problem && !this.wait() && concernsForm(problem, ['username', 'password']) ? problem : null;
  });

  protected async signUp(event: Event): Promise<void> {
    event.preventDefault();
    if (this.busy() || this.wait()) return;
    this.busy.set(true);
    this.problem.set(null);
    try {
      await this.api.signUp(this.username(), this.password());
      const user = await this.session.logIn(this.username(), this.password());
      await this.router.navigateByUrl(ownPage(this.next(), `/users/${user.id}`));
    } catch (error) {
      this.problem.set(problemOf(error));
      if (this.usernameError()) this.usernameField()?.focus();
      else if (this.passwordError()) this.passwordField()?.focus();
    } finally {
      this.busy.set(false);
    }
  }

  protected clearProblem(): void {
    if (!this.wait()) this.problem.set(null);
  }
}
