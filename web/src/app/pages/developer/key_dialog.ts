/** Making an API key; then the key itself, this once. */
import { ChangeDetectionStrategy, Component, computed, inject, signal } from '@angular/core';
import { MatButton } from '@angular/material/button';
import { MatCheckbox } from '@angular/material/checkbox';
import { MatDialogModule } from '@angular/material/dialog';
import { MatFormFieldModule } from '@angular/material/form-field';
import { MatInput } from '@angular/material/input';
import { Api } from '../../api/api';
import { problemOf } from '../../api/problem';
import type { CreatedApiKey } from '../../api/types';
import { CopyButton } from '../../shared/copy_button';
import { Icon } from '../../shared/icon';
import { ProblemNote } from '../../shared/problem_note';
import { TextField } from '../../shared/text_field';
import { Scope, expiryAfter, lifetimes, scopes } from './scopes';

@Component({
  imports: [CopyButton, Icon, MatButton, MatCheckbox, MatDialogModule, MatFormFieldModule, MatInput, ProblemNote, TextField],
  changeDetection: ChangeDetectionStrategy.OnPush,
  templateUrl: './key_dialog.html',
  styleUrl: './key_dialog.scss',
})
export class KeyDialog {
  private readonly api = inject(Api);
  protected readonly allScopes = scopes;
  protected readonly lifetimes = lifetimes;
  protected readonly name = signal('');
  protected readonly chosen = signal<readonly Scope[]>(['predict']);
  protected readonly perMinute = signal('');
  protected readonly lifetime = signal(lifetimes[1]);
  protected readonly busy = signal(false);
  protected readonly error = signal<unknown>(null);
  protected readonly made = signal<CreatedApiKey | null>(null);

  protected readonly limit = computed(() => (this.perMinute().trim() === '' ? null : Number(this.perMinute())));
  protected readonly limitError = computed(() => {
    const limit = this.limit();
    const right = limit === null || (Number.isInteger(limit) && limit >= 1 && limit <= 100_000);
    return right ? '' : $localize`:@@developer.limitWrong:A whole number from 1 to 100000.`;
  });
  protected readonly ready = computed(() =>
    this.name().trim() !== '' && this.chosen().length > 0 && this.limitError() === '' && !this.busy());

  protected toggle(scope: Scope, wanted: boolean): void {
    this.chosen.update((chosen) => scopes.map((one) => one.scope)
      .filter((one) => (one === scope ? wanted : chosen.includes(one))));
  }

  protected chooseLifetime(field: EventTarget | null): void {
    this.lifetime.set(lifetimes[(field as HTMLSelectElement).selectedIndex]);
  }

  protected async add(event: Event): Promise<void> {
    event.preventDefault();
    if (!this.ready()) return;
    this.busy.set(true);
    this.error.set(null);
    try {
      this.made.set(await this.api.addApiKey({
        name: this.name().trim(), scopes: [...this.chosen()], per_minute: this.limit(),
        expires: expiryAfter(this.lifetime().days, new Date()),
      }));
    } catch (error) {
      this.error.set(problemOf(error));
    } finally {
      this.busy.set(false);
    }
  }
}
