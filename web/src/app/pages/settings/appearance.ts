/** The choice of theme and language. */
import { ChangeDetectionStrategy, Component, LOCALE_ID, inject } from '@angular/core';
import { MatButtonToggleModule } from '@angular/material/button-toggle';
import { Icon } from '../../shared/icon';
import type { IconName } from '../../shared/icons';
import { chooseLanguage, languages } from '../../shell/language';
import { Theme, ThemeChoice } from '../../shell/theme';

@Component({
  selector: 'px-appearance',
  imports: [Icon, MatButtonToggleModule],
  changeDetection: ChangeDetectionStrategy.OnPush,
  template: `
    <section class="card" aria-labelledby="appearance">
      <h2 id="appearance" i18n="@@settings.appearance">Appearance</h2>
      <div class="row spread">
        <span i18n="@@settings.theme">Theme</span>
        <mat-button-toggle-group hideSingleSelectionIndicator [value]="themeChoice.theme()" (change)="themeChoice.choose($event.value)"
          i18n-aria-label="@@settings.theme" aria-label="Theme">
          @for (one of themes; track one.theme) {
            <mat-button-toggle [value]="one.theme"><px-icon [name]="one.icon" /> {{ one.name }}</mat-button-toggle>
          }
        </mat-button-toggle-group>
      </div>
      <div class="row spread">
        <span i18n="@@settings.language">Language</span>
        <mat-button-toggle-group hideSingleSelectionIndicator [value]="language" (change)="chooseLanguage($event.value)"
          i18n-aria-label="@@settings.language" aria-label="Language">
          @for (one of languages; track one.code) {
            <mat-button-toggle [value]="one.code" [attr.lang]="one.code">{{ one.name }}</mat-button-toggle>
          }
        </mat-button-toggle-group>
      </div>
    </section>
  `,
})
export class Appearance {
  protected readonly themeChoice = inject(ThemeChoice);
  protected readonly language = inject(LOCALE_ID).split('-')[0];
  protected readonly languages = languages;
  protected readonly chooseLanguage = chooseLanguage;
  protected readonly themes: { theme: Theme; icon: IconName; name: string }[] = [
    { theme: 'system', icon: 'routine', name: $localize`:@@settings.asSystem:System` },
    { theme: 'light', icon: 'light_mode', name: $localize`:@@settings.light:Light` },
    { theme: 'dark', icon: 'dark_mode', name: $localize`:@@settings.dark:Dark` },
  ];
}
