/** Light, dark, or as the system has it; public/theme.js applies the choice before the first paint. */
import { Injectable, signal } from '@angular/core';

export type Theme = 'light' | 'dark' | 'system';

@Injectable({ providedIn: 'root' })
export class ThemeChoice {
  private readonly chosen = signal<Theme>((document.documentElement.dataset['theme'] as Theme | undefined) ?? 'system');
  readonly theme = this.chosen.asReadonly();

  choose(theme: Theme): void {
    this.chosen.set(theme);
    if (theme === 'system') delete document.documentElement.dataset['theme'];
    else document.documentElement.dataset['theme'] = theme;
    try {
      localStorage.setItem('theme', theme);
    } catch {} // storage may be switched off: the choice holds until the page is left
  }
}
