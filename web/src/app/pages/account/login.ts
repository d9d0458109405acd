/** Logging in. */
import { ChangeDetectionStrategy, Component, computed, inject, input, signal, viewChild } from '@angular/core';
import { MatButton } from '@angular/material/button';
import { Router, RouterLink } from '@angular/router';
import { Problem, problemOf } from '../../api/problem';
import { Session } from '../../api/session';
import { ProblemNote } from '../../shared/problem_note';
import { TextField } from '../../shared/text_field';
import { ownPage } from './next_page';
import { WaitNote } from './wait_note';

@Component({
  imports: [MatButton, ProblemNote, RouterLink, TextField, WaitNote],
  changeDetection: ChangeDetectionStrategy.OnPush,
  templateUrl: './login.html',
  styleUrl: './account.scss',
})
export default class Login {
  /** The page that asked for it, from the address. */
  readonly next = input<string>();
  protected readonly session = inject(Session);
  private readonly router = inject(Router);
  protected readonly username = signal('');
  protected readonly password = signal('');
  protected readonly wrongWords = $localize`:@@account.wrongLogIn:The user name or the password is wrong.`;
  protected readonly busy = signal(false);
  protected readonly problem = signal<Problem | null>(null);
  private readonly passwordField = viewChild.required<TextField>('passwordField');

  protected readonly wait = computed(() => this.problem()?.wait ?? 0);
  protected readonly wrong = computed(() => this.problem()?.kind === 'not-authenticated');
  protected readonly otherProblem = computed(() => (this.wait() || this.wrong() ? null : this.problem()));

  constructor() {
    void this.session.ready.then(() => this.session.user() && this.goOn());
  }

  protected async logIn(event: Event): Promise<void> {
    event.preventDefault();
    if (this.busy() || this.wait()) return;
    this.busy.set(true);
    this.problem.set(null);
    try {
      await this.session.logIn(this.username(), this.password());
      await this.goOn();
    } catch (error) {
      this.problem.set(problemOf(error));
      this.passwordField().focus();
    } finally {
      this.busy.set(false);
    }
  }

  protected clearProblem(): void {
    if (!this.wait()) this.problem.set(null);
  }

  private goOn = () => this.router.navigateByUrl(ownPage(this.next(), `/users/${this.session.user()?.id}`));
}
