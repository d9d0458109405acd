/** The frame around every page: skip link, top bar, notice of untrained weights, page, footer. */
import { ChangeDetectionStrategy, Component, computed, inject } from '@angular/core';
import { MatDialog } from '@angular/material/dialog';
import { Router, RouterLink, RouterOutlet } from '@angular/router';
import { Session } from './api/session';
import { Icon } from './shared/icon';
import { Shortcuts } from './shell/shortcuts';
import { TopBar } from './shell/top_bar';

@Component({
  selector: 'px-root',
  imports: [Icon, RouterLink, RouterOutlet, TopBar],
  changeDetection: ChangeDetectionStrategy.OnPush,
  template: `
    <a class="skip" href="#main" (click)="skip($event, main)" i18n="@@app.skip">Skip to the content</a>
    <px-top-bar />
    @if (untrained()) {
      <aside class="untrained" i18n-aria-label="@@app.warning" aria-label="Warning">
        <px-icon name="warning" />
        <span><strong i18n="@@app.untrained">Untrained weights: demonstration only.</strong>&ngsp;
        <ng-container i18n="@@app.untrainedMore">These networks have random weights. Their scores mean nothing.</ng-container></span>
      </aside>
    }
    <main #main id="main" tabindex="-1"><router-outlet /></main>
    <footer>
      <span i18n="@@app.notDevice">perXeptron is not a medical device. It does not replace a radiologist's reading.</span>
      <nav i18n-aria-label="@@app.footer" aria-label="Footer">
        <a routerLink="/about" i18n="@@app.about">About the model</a>
        <a href="/api/v1/docs" i18n="@@app.api">API</a>
        <button type="button" class="link" (click)="showShortcuts()" i18n="@@app.shortcuts">Keyboard shortcuts</button>
        @if (session.server(); as server) { <span>{{ server.version }}</span> }
      </nav>
    </footer>
  `,
  styleUrl: './app.scss',
})
export class App {
  protected readonly session = inject(Session);
  private readonly router = inject(Router);
  private readonly dialog = inject(MatDialog);
  protected readonly untrained = computed(() => this.session.models()?.trained === false);

  constructor() {
    inject(Shortcuts).add(
      { key: '?', does: $localize`:@@shortcut.list:List the shortcuts`, run: () => this.showShortcuts() },
      { key: 'h', does: $localize`:@@shortcut.home:Go to the home page`, run: () => this.go('/') },
      { key: 'u', does: $localize`:@@shortcut.upload:Upload a radiograph`, run: () => this.go(this.uploadPage()) },
      { key: 'p', does: $localize`:@@shortcut.profile:Go to my X-rays`, run: () => this.go(this.profilePage()) },
    );
  }

  protected async showShortcuts(): Promise<void> {
    const { ShortcutsDialog } = await import('./shell/shortcuts_dialog');
    this.dialog.open(ShortcutsDialog, { width: '26rem' });
  }

  // A link to a fragment would leave the page: addresses are relative to the language's folder.
  protected skip(event: Event, main: HTMLElement): void {
    event.preventDefault();
    main.focus();
  }

  private uploadPage = () => (this.session.user() ? `/users/${this.session.user()?.id}/upload` : '/anonupload');
  private profilePage = () => (this.session.user() ? `/users/${this.session.user()?.id}` : '/login');
  private go = (address: string) => void this.router.navigateByUrl(address);
}
