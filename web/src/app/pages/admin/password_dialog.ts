/** The password that was made for a user, shown this once. */
import { ChangeDetectionStrategy, Component, inject } from '@angular/core';
import { MatButton } from '@angular/material/button';
import { MAT_DIALOG_DATA, MatDialogModule } from '@angular/material/dialog';
import { CopyButton } from '../../shared/copy_button';
import { Icon } from '../../shared/icon';

@Component({
  imports: [CopyButton, Icon, MatButton, MatDialogModule],
  changeDetection: ChangeDetectionStrategy.OnPush,
  template: `
    <h2 mat-dialog-title i18n="@@admin.newPassword">New password of {{ made.username }}</h2>
    <mat-dialog-content>
      <p class="note note-warning"><px-icon name="warning" /><span i18n="@@admin.passwordOnce">It is shown this once. Tell it to them in person; they should change it.</span></p>
      <code tabindex="0">{{ made.password }}</code>
      <px-copy [text]="made.password" />
    </mat-dialog-content>
    <mat-dialog-actions align="end">
      <button matButton="filled" mat-dialog-close i18n="@@admin.passwordKept">I have kept it</button>
    </mat-dialog-actions>
  `,
  styles: `
    code { display: block; margin-block: 1rem; padding: 1rem; border-radius: 0.75rem; font-size: 1.125rem; overflow-wrap: anywhere;
      user-select: all; background: var(--mat-sys-surface-container-highest) }
  `,
})
export class PasswordDialog {
  protected readonly made = inject<{ username: string; password: string }>(MAT_DIALOG_DATA);
}
