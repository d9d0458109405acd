/** In place of a page that could not be loaded: the connection broke, or the server has a newer app. */
import { ChangeDetectionStrategy, Component } from '@angular/core';
import { MatButton } from '@angular/material/button';

@Component({
  imports: [MatButton],
  changeDetection: ChangeDetectionStrategy.OnPush,
  template: `
    <div class="page lost" role="alert">
      <h1 i18n="@@notFound.failed">This page could not be loaded</h1>
      <p class="lead" i18n="@@notFound.failedMore">The connection may be broken, or the server may have been brought up to date. Nothing of yours is lost.</p>
      <div><button matButton="filled" type="button" (click)="reload()" i18n="@@notFound.reload">Load it again</button></div>
    </div>
  `,
  styleUrl: './lost.scss',
})
export default class NotLoaded {
  // The address is still that of the page wanted.
  protected reload(): void {
    location.reload();
  }
}
