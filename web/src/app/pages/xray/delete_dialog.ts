/** Asks before an X-ray is deleted. Gives true when it is to go. */
import { ChangeDetectionStrategy, Component } from '@angular/core';
import { MatButton } from '@angular/material/button';
import { MatDialogModule } from '@angular/material/dialog';

@Component({
  imports: [MatButton, MatDialogModule],
  changeDetection: ChangeDetectionStrategy.OnPush,
  template: `
    <h2 mat-dialog-title i18n="@@xray.deleteTitle">Delete this X-ray?</h2>
    <mat-dialog-content i18n="@@xray.deleteWhat">The image, its reading and your notes are deleted for good.</mat-dialog-content>
    <mat-dialog-actions align="end">
      <button matButton mat-dialog-close i18n="@@xray.keep">Keep it</button>
      <button matButton="filled" [mat-dialog-close]="true" i18n="@@xray.delete">Delete</button>
    </mat-dialog-actions>
  `,
})
export class DeleteDialog {}
