/** Copies a text to the clipboard and says so. */
import { LiveAnnouncer } from '@angular/cdk/a11y';
import { Clipboard } from '@angular/cdk/clipboard';
import { ChangeDetectionStrategy, Component, inject, input, signal } from '@angular/core';
import { MatButton } from '@angular/material/button';
import { Icon } from './icon';

@Component({
  selector: 'px-copy',
  imports: [Icon, MatButton],
  changeDetection: ChangeDetectionStrategy.OnPush,
  template: `
    <button matButton="tonal" type="button" (click)="copy()">
      <px-icon [name]="copied() ? 'check' : 'content_copy'" />
      @if (copied()) { <ng-container i18n="@@copy.done">Copied</ng-container> }
      @else { <ng-container i18n="@@copy.copy">Copy</ng-container> }
    </button>
  `,
})
export class CopyButton {
  readonly text = input.required<string>();
  protected readonly copied = signal(false);
  private readonly clipboard = inject(Clipboard);
  private readonly announcer = inject(LiveAnnouncer);

  protected copy(): void {
    this.copied.set(this.clipboard.copy(this.text()));
    void this.announcer.announce(this.copied() ? $localize`:@@copy.done:Copied`
      : $localize`:@@copy.failed:The browser did not copy it. Mark the text and copy it yourself.`);
  }
}
