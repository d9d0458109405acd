/** Takes files that are dropped anywhere on the page, or pasted, and shows that they may be dropped. */
import { ChangeDetectionStrategy, Component, output, signal } from '@angular/core';
import { Icon } from '../../shared/icon';

@Component({
  selector: 'px-file-drop',
  imports: [Icon],
  changeDetection: ChangeDetectionStrategy.OnPush,
  host: {
    '(document:dragenter)': 'over($event)',
    '(document:dragover)': 'over($event)',
    '(document:dragleave)': 'left($event)',
    '(document:drop)': 'drop($event)',
    '(document:paste)': 'paste($event)',
  },
  template: `
    @if (isOver()) {
      <div><p><px-icon name="upload" /> <span i18n="@@upload.dropHere">Drop the radiographs here</span></p></div>
    }
  `,
  styles: `
    :host { display: contents }
    div {
      position: fixed; inset: 0; z-index: 900; display: grid; place-items: center; pointer-events: none;
      background: color-mix(in srgb, var(--mat-sys-surface) 80%, transparent); backdrop-filter: blur(6px);
    }
    p {
      display: flex; gap: 1rem; align-items: center; margin: 0; padding: 3rem 4rem; border-radius: 1.5rem;
      border: 2px dashed var(--mat-sys-primary); background: var(--mat-sys-primary-container);
      color: var(--mat-sys-on-primary-container); font-size: 1.5rem; font-weight: 600;
    }
  `,
})
export class FileDrop {
  readonly files = output<File[]>();
  protected readonly isOver = signal(false);

  protected over(event: DragEvent): void {
    if (!event.dataTransfer?.types.includes('Files')) return;
    event.preventDefault(); // says that a drop is welcome
    this.isOver.set(true);
  }

  // Moving from one element to the next leaves one, too; leaving the window has no next one.
  protected left(event: DragEvent): void {
    if (!event.relatedTarget) this.isOver.set(false);
  }

  protected drop(event: DragEvent): void {
    this.isOver.set(false);
    this.take(event, event.dataTransfer);
  }

  protected paste(event: ClipboardEvent): void {
    this.take(event, event.clipboardData);
  }

  private take(event: Event, data: DataTransfer | null): void {
    const files = [...(data?.files ?? [])];
    if (files.length === 0) return;
    event.preventDefault(); // the browser would open them in place of the app
    this.files.emit(files);
  }
}
