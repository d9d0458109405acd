/** Asks for the password of the user whose session has ended; closes with true when they are back. */
import { ChangeDetectionStrategy, Component, inject, signal } from '@angular/core';
import { MatButton } from '@angular/material/button';
import { MAT_DIALOG_DATA, MatDialogModule, MatDialogRef } from '@angular/material/dialog';
import { MatFormFieldModule } from '@angular/material/form-field';
import { MatInput } from '@angular/material/input';
import { MatProgressBar } from '@angular/material/progress-bar';
import { Router } from '@angular/router';
import { Problem, problemOf } from '../api/problem';
import { Session } from '../api/session';
import { ProblemNote } from '../shared/problem_note';

const wrongPassword = new Problem('other', $localize`:@@logInAgain.wrong:This is not the password.`);
const isRefusal = (error: unknown) => problemOf(error).kind === 'not-authenticated';

@Component({
  imports: [MatButton, MatDialogModule, MatFormFieldModule, MatInput, MatProgressBar, ProblemNote],
  changeDetection: ChangeDetectionStrategy.OnPush,
  templateUrl: './log_in_again_dialog.html',
  styles: `
    form { display: grid; gap: 1rem; padding-block: 0.25rem }
    p { margin: 0 }
    strong { overflow-wrap: anywhere }
  `,
})
export class LogInAgainDialog {
  protected readonly username = inject<string>(MAT_DIALOG_DATA);
  private readonly dialog = inject<MatDialogRef<LogInAgainDialog, boolean>>(MatDialogRef);
  private readonly session = inject(Session);
  private readonly router = inject(Router);
  protected readonly asking = signal(false);
  protected readonly error = signal<unknown>(null);

  protected async logIn(password: string): Promise<void> {
    if (this.asking() || !password) return;
    this.asking.set(true);
    this.error.set(null);
    try {
      await this.session.logIn(this.username, password);
      this.dialog.close(true);
    } catch (error) {
      this.error.set(isRefusal(error) ? wrongPassword : error);
    } finally {
      this.asking.set(false);
    }
  }

  protected leave(): void {
    this.dialog.close(false);
    this.session.leave();
    void this.router.navigateByUrl('/login');
  }
}
