/** The bar at the top: name, main pages, language, theme, account. */
import { ChangeDetectionStrategy, Component, LOCALE_ID, computed, inject } from '@angular/core';
import { MatButton, MatIconButton } from '@angular/material/button';
import { MatMenuModule } from '@angular/material/menu';
import { MatSnackBar } from '@angular/material/snack-bar';
import { Router, RouterLink, RouterLinkActive } from '@angular/router';
import { Session } from '../api/session';
import { problemOf } from '../api/problem';
import { Icon } from '../shared/icon';
import type { IconName } from '../shared/icons';
import { chooseLanguage, languages } from './language';
import { Theme, ThemeChoice } from './theme';

interface Destination {
  address: string;
  name: string;
  exact?: boolean;
}

@Component({
  selector: 'px-top-bar',
  imports: [Icon, MatButton, MatIconButton, MatMenuModule, RouterLink, RouterLinkActive],
  changeDetection: ChangeDetectionStrategy.OnPush,
  templateUrl: './top_bar.html',
  styleUrl: './top_bar.scss',
})
export class TopBar {
  protected readonly session = inject(Session);
  private readonly router = inject(Router);
  private readonly messages = inject(MatSnackBar);
  protected readonly themeChoice = inject(ThemeChoice);
  protected readonly languages = languages;
  protected readonly language = inject(LOCALE_ID);
  protected readonly chooseLanguage = chooseLanguage;

  protected readonly destinations = computed<Destination[]>(() => {
    const user = this.session.user();
    const about = { address: '/about', name: $localize`:@@nav.about:About` };
    if (!user) return [{ address: '/anonupload', name: $localize`:@@nav.upload:Upload` }, about];
    return [
      { address: `/users/${user.id}`, name: $localize`:@@nav.profile:My X-rays`, exact: true },
      { address: `/users/${user.id}/upload`, name: $localize`:@@nav.upload:Upload` },
      { address: '/compare', name: $localize`:@@nav.compare:Compare` },
      { address: '/developer', name: $localize`:@@nav.developer:Developers` },
      about,
      ...(this.session.isAdmin() ? [{ address: '/admin', name: $localize`:@@nav.admin:Administration` }] : []),
    ];
  });

  protected readonly themes: { theme: Theme; icon: IconName; name: string }[] = [
    { theme: 'system', icon: 'routine', name: $localize`:@@theme.system:As the system has it` },
    { theme: 'light', icon: 'light_mode', name: $localize`:@@theme.light:Light` },
    { theme: 'dark', icon: 'dark_mode', name: $localize`:@@theme.dark:Dark` },
  ];
  protected readonly themeIcon = computed(() =>
    this.themes.find(({ theme }) => theme === this.themeChoice.theme())!.icon);

  protected async logOut(): Promise<void> {
    try {
      await this.session.logOut();
      await this.router.navigateByUrl('/');
    } catch (error) {
      this.messages.open(problemOf(error).words, undefined, { duration: 8000 });
    }
  }
}
