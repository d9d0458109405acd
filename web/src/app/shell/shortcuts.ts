/**
 * Keyboard shortcuts. A page registers its own while it is shown; `?` lists them. They rest while
 * somebody types, and while a dialog is open.
 */
import { DestroyRef, Injectable, inject, signal } from '@angular/core';

export interface Shortcut {
  /** `KeyboardEvent.key`, such as `?` or `ArrowLeft`. A letter is meant without Shift. */
  key: string;
  /** What it does, in the user's language. */
  does: string;
  run: () => void;
  /** Whether the key is meant for it now; without this it always is. */
  applies?: () => boolean;
}

@Injectable({ providedIn: 'root' })
export class Shortcuts {
  private readonly registered = signal<readonly Shortcut[]>([]);
  readonly all = this.registered.asReadonly();

  constructor() {
    document.addEventListener('keydown', (event) => this.handle(event));
  }

  /** In an injection context: they go with the component that adds them. */
  add(...shortcuts: Shortcut[]): void {
    this.registered.update((others) => [...others, ...shortcuts]);
    inject(DestroyRef).onDestroy(() =>
      this.registered.update((others) => others.filter((other) => !shortcuts.includes(other))));
  }

  private handle(event: KeyboardEvent): void {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || isBusy(event.target)) return;
    const shortcut = this.all().findLast(({ key, applies }) => key === event.key && applies?.() !== false);
    if (!shortcut) return;
    event.preventDefault();
    shortcut.run();
  }
}

// Text fields, sliders and menus need the keys themselves; dialogs hide what shortcuts act on.
function isBusy(target: EventTarget | null): boolean {
  const element = target instanceof Element ? target : null;
  return document.querySelector('.cdk-overlay-container [role="dialog"], .cdk-overlay-container [role="menu"]') !== null
    || element?.closest('input:not([type="radio"], [type="checkbox"]), textarea, select, [contenteditable], [role="slider"], [role="combobox"]') != null;
}
