/** A text that can be changed where it stands; what cannot be saved stays in the field, with the reason. */
import { ChangeDetectionStrategy, Component, ElementRef, inject, input, signal, viewChild } from '@angular/core';
import { MatButton, MatIconButton } from '@angular/material/button';
import { Icon } from '../../shared/icon';
import { ProblemNote } from '../../shared/problem_note';

@Component({
  selector: 'px-editable-text',
  imports: [Icon, MatButton, MatIconButton, ProblemNote],
  changeDetection: ChangeDetectionStrategy.OnPush,
  template: `
    @if (editing()) {
      <form class="row" (submit)="submit($event, field.value)" (keydown.escape)="stop()">
        <label><span class="visually-hidden">{{ label() }}</span>
          <input #field [value]="value()" [maxLength]="most()" [required]="required()" [disabled]="saving()" autocomplete="off" />
        </label>
        <button matButton="filled" type="submit" [disabled]="saving()" i18n="@@xray.save">Save</button>
        <button matButton type="button" [disabled]="saving()" (click)="stop()" i18n="@@xray.cancel">Cancel</button>
      </form>
      <px-problem [error]="error()" />
    } @else {
      <ng-content />
      <button matIconButton type="button" [attr.aria-label]="editLabel()" (click)="start()"><px-icon name="edit" /></button>
    }
  `,
  styles: `
    :host { display: inline-flex; flex-wrap: wrap; gap: 0.25rem; align-items: center; min-width: 0; max-width: 100% }
    form { flex: 1 1 auto }
    label { flex: 1 1 14rem; min-width: 0 }
    input {
      box-sizing: border-box; width: 100%; min-height: 2.75rem; padding: 0 0.75rem; border: 1px solid var(--mat-sys-outline);
      border-radius: 0.6rem; background: var(--mat-sys-surface); color: inherit; font: inherit; font-size: 1rem;
    }
  `,
})
export class EditableText {
  readonly value = input.required<string>();
  readonly label = input.required<string>();
  /** What the pencil is for. */
  readonly editLabel = input.required<string>();
  readonly most = input.required<number>();
  readonly required = input(false);
  readonly save = input.required<(value: string) => Promise<unknown>>();

  private readonly element: HTMLElement = inject(ElementRef).nativeElement;
  private readonly field = viewChild<ElementRef<HTMLInputElement>>('field');
  protected readonly editing = signal(false);
  protected readonly saving = signal(false);
  protected readonly error = signal<unknown>(null);

  protected start(): void {
    this.error.set(null);
    this.editing.set(true);
    setTimeout(() => this.field()?.nativeElement.select());
  }

  protected stop(): void {
    this.editing.set(false);
    setTimeout(() => this.element.querySelector('button')?.focus());
  }

  protected async submit(event: Event, text: string): Promise<void> {
    event.preventDefault();
    this.saving.set(true);
    this.error.set(null);
    try {
      if (text.trim() !== this.value()) await this.save()(text.trim());
      this.stop();
    } catch (error) {
      this.error.set(error);
    } finally {
      this.saving.set(false);
    }
  }
}
