/** The buttons that open the system's file chooser and, on a phone, its camera. */
import { ChangeDetectionStrategy, Component, input, output } from '@angular/core';
import { MatButton } from '@angular/material/button';
import { Icon } from '../../shared/icon';

@Component({
  selector: 'px-file-choice',
  imports: [Icon, MatButton],
  changeDetection: ChangeDetectionStrategy.OnPush,
  template: `
    <input #chooser hidden type="file" accept="image/png,image/jpeg,.png,.jpg,.jpeg" multiple (change)="take(chooser)" />
    <input #camera hidden type="file" accept="image/jpeg" capture="environment" (change)="take(camera)" />
    <button [matButton]="more() ? 'outlined' : 'filled'" type="button" (click)="chooser.click()">
      <px-icon [name]="more() ? 'add' : 'upload'" />
      @if (more()) { <span i18n="@@upload.chooseMore">Add more files</span> }
      @else { <span i18n="@@upload.choose">Choose files</span> }
    </button>
    <button class="camera" matButton="outlined" type="button" (click)="camera.click()">
      <px-icon name="photo_camera" /> <span i18n="@@upload.camera">Take a photograph</span>
    </button>
  `,
  styles: `
    :host { display: flex; flex-wrap: wrap; gap: 0.75rem; justify-content: inherit }
    px-icon { margin-right: 0.5rem }
    .camera { display: none }
    @media (pointer: coarse) {
      button { min-height: 2.75rem }
      .camera { display: inline-flex }
    }
  `,
})
export class FileChoice {
  /** There are some already. */
  readonly more = input(false);
  readonly files = output<File[]>();

  protected take(chosen: HTMLInputElement): void {
    this.files.emit([...(chosen.files ?? [])]);
    chosen.value = ''; // the same file may be chosen again
  }
}
