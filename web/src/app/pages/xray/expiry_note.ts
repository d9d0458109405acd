/** Tells until when an anonymous X-ray is kept, and that its address is the only way back to it. */
import { Clipboard } from '@angular/cdk/clipboard';
import { ChangeDetectionStrategy, Component, inject, input, signal } from '@angular/core';
import { MatButton } from '@angular/material/button';
import { TimePipe } from '../../shared/formats';
import { Icon } from '../../shared/icon';

@Component({
  selector: 'px-expiry',
  imports: [Icon, MatButton, TimePipe],
  changeDetection: ChangeDetectionStrategy.OnPush,
  template: `
    <div class="note" role="note">
      <px-icon name="schedule" />
      <span class="words" i18n="@@xray.expires">This X-ray is deleted on {{ expires() | pxTime }}. Until then you find it by its link; whoever has the link sees it, too.</span>
      <button matButton type="button" (click)="copy()">
        <px-icon [name]="copied() ? 'check' : 'content_copy'" />
        <span role="status">@if (copied()) { <ng-container i18n="@@xray.copied">Copied</ng-container> } @else { <ng-container i18n="@@xray.copy">Copy the link</ng-container> }</span>
      </button>
    </div>
  `,
  styles: '.words { flex: 1 1 16rem }',
})
export class ExpiryNote {
  readonly expires = input.required<string>();
  private readonly clipboard = inject(Clipboard);
  protected readonly copied = signal(false);

  protected copy(): void {
    this.copied.set(this.clipboard.copy(location.href));
  }
}
