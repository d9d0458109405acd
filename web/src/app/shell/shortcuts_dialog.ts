/** The list of keyboard shortcuts that work on the page shown. */
import { ChangeDetectionStrategy, Component, inject } from '@angular/core';
import { MatButton } from '@angular/material/button';
import { MatDialogModule } from '@angular/material/dialog';
import { Shortcuts } from './shortcuts';

const keyNames: Record<string, string> = {
  ArrowLeft: '←', ArrowRight: '→', ArrowUp: '↑', ArrowDown: '↓', ' ': $localize`:@@key.space:Space`,
};

@Component({
  imports: [MatButton, MatDialogModule],
  changeDetection: ChangeDetectionStrategy.OnPush,
  template: `
    <h2 mat-dialog-title id="shortcuts-title" i18n="@@shortcuts.title">Keyboard shortcuts</h2>
    <mat-dialog-content tabindex="0" role="group" aria-labelledby="shortcuts-title">
      <dl>
        @for (shortcut of shortcuts.all(); track shortcut) {
          <div><dt><kbd>{{ nameOf(shortcut.key) }}</kbd></dt><dd>{{ shortcut.does }}</dd></div>
        }
      </dl>
    </mat-dialog-content>
    <mat-dialog-actions align="end">
      <button matButton mat-dialog-close i18n="@@shortcuts.close">Close</button>
    </mat-dialog-actions>
  `,
  styles: `
    dl { margin: 0; display: grid; gap: 0.5rem }
    div { display: grid; grid-template-columns: 5rem 1fr; align-items: baseline }
    dd { margin: 0 }
  `,
})
export class ShortcutsDialog {
  protected readonly shortcuts = inject(Shortcuts);
  protected readonly nameOf = (key: string) => keyNames[key] ?? key.toUpperCase();
}
