/** For addresses that lead nowhere. */
import { ChangeDetectionStrategy, Component } from '@angular/core';
import { MatButton } from '@angular/material/button';
import { RouterLink } from '@angular/router';

@Component({
  imports: [MatButton, RouterLink],
  changeDetection: ChangeDetectionStrategy.OnPush,
  template: `
    <div class="page lost">
      <h1 i18n="@@notFound.title">There is no such page</h1>
      <p class="lead" i18n="@@notFound.more">The address may be mistyped, or what was here is gone.</p>
      <div><a matButton="filled" routerLink="/" i18n="@@notFound.home">To the home page</a></div>
    </div>
  `,
  styleUrl: './lost.scss',
})
export default class NotFound {}
