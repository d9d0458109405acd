/** A labelled field for text or a password: its hint, or what is wrong with it; passwords can be shown. */
import { ChangeDetectionStrategy, Component, ElementRef, computed, input, model, signal, viewChild } from '@angular/core';
import { FormsModule } from '@angular/forms';
import { MatIconButton } from '@angular/material/button';
import { MatFormFieldModule } from '@angular/material/form-field';
import { MatInput } from '@angular/material/input';
import { Icon } from './icon';

@Component({
  selector: 'px-text-field',
  imports: [FormsModule, Icon, MatFormFieldModule, MatIconButton, MatInput],
  changeDetection: ChangeDetectionStrategy.OnPush,
  template: `
    <mat-form-field appearance="outline" subscriptSizing="dynamic">
      <mat-label>{{ label() }}</mat-label>
      <input #field matInput [type]="shown() ? 'text' : type()" [attr.autocomplete]="autocomplete()" autocapitalize="none"
        spellcheck="false" [required]="required()" [attr.maxlength]="maxlength()" [errorStateMatcher]="matcher"
        [(ngModel)]="value" [ngModelOptions]="{ standalone: true }" />
      @if (type() === 'password') {
        <button matIconButton matSuffix type="button" [attr.aria-pressed]="shown()" (click)="shown.set(!shown())"
          i18n-aria-label="@@field.show" aria-label="Show the password">
          <px-icon [name]="shown() ? 'visibility_off' : 'visibility'" />
        </button>
      }
      @if (hint()) { <mat-hint>{{ hint() }}</mat-hint> }
      @if (error()) { <mat-error>{{ error() }}</mat-error> }
    </mat-form-field>
  `,
  styles: `
    :host, mat-form-field { display: block }
    button { margin-right: 0.25rem }
  `,
})
export class TextField {
  readonly label = input.required<string>();
  readonly type = input<'text' | 'password'>('text');
  readonly autocomplete = input('off');
  readonly hint = input('');
  /** What is wrong with the value, in words. */
  readonly error = input('');
  readonly required = input(true);
  readonly maxlength = input<number>();
  readonly value = model('');
  protected readonly shown = signal(false);
  private readonly field = viewChild.required<ElementRef<HTMLInputElement>>('field');
  private readonly wrong = computed(() => this.error() !== '');
  protected readonly matcher = { isErrorState: () => this.wrong() };

  focus(): void {
    this.field().nativeElement.focus();
  }
}
