/** The reading of an image that was not stored: gone when the tab is closed. */
import { ChangeDetectionStrategy, Component, inject } from '@angular/core';
import { MatButton } from '@angular/material/button';
import { RouterLink } from '@angular/router';
import { Session } from '../../api/session';
import { Icon } from '../../shared/icon';
import { Facts } from './facts';
import { ReadingView } from './reading_view';
import { Unstored } from './unstored';

@Component({
  imports: [Facts, Icon, MatButton, ReadingView, RouterLink],
  changeDetection: ChangeDetectionStrategy.OnPush,
  template: `
    <div class="page wide">
      <div class="row spread">
        <h1 i18n="@@results.title">Results</h1>
        @if (source()) { <a matButton="outlined" [routerLink]="upload()" i18n="@@results.another">Read another image</a> }
      </div>
      @if (source(); as source) {
        <p class="note" role="note">
          <px-icon name="info" />
          <span i18n="@@results.notStored">Nothing was stored: these results are gone when you close or reload this page. Download what you need.</span>
        </p>
        <px-reading [source]="source" />
        <section class="card"><px-facts [reading]="source.reading" /></section>
      } @else {
        <section class="card empty">
          <p i18n="@@results.empty">There are no results here. Readings that are not stored are gone when the page is loaded again.</p>
          <a matButton="filled" [routerLink]="upload()" i18n="@@results.upload">Upload a radiograph</a>
        </section>
      }
    </div>
  `,
  styles: `
    .page.wide { max-width: 120rem; gap: 1rem; padding-block: 1.25rem }
    .note { margin: 0; flex-wrap: nowrap }
    .empty { justify-items: center; padding-block: 3rem; text-align: center }
    .empty p { margin: 0; max-width: 32rem }
  `,
})
export default class Results {
  private readonly session = inject(Session);
  protected readonly source = inject(Unstored).reading;

  protected upload(): string {
    const user = this.session.user();
    return user ? `/users/${user.id}/upload` : '/anonupload';
  }
}
