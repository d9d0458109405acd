/** What the whole app is provided with. */
import { APP_BASE_HREF } from '@angular/common';
import { provideHttpClient } from '@angular/common/http';
import { ApplicationConfig, inject, provideAppInitializer, provideBrowserGlobalErrorListeners } from '@angular/core';
import {
  RedirectCommand, Router, TitleStrategy, provideRouter, withComponentInputBinding, withInMemoryScrolling,
  withNavigationErrorHandler,
} from '@angular/router';
import { routes } from './app.routes';
import { LogInAgain } from './shell/log_in_again';
import { PageTitle } from './shell/page_title';

export const appConfig: ApplicationConfig = {
  providers: [
    provideBrowserGlobalErrorListeners(),
    provideHttpClient(),
    provideAppInitializer(() => inject(LogInAgain).start()),
    provideRouter(
      routes,
      withComponentInputBinding(),
      withInMemoryScrolling({ scrollPositionRestoration: 'enabled' }),
      // Shown under the address of the page that could not be loaded, so that loading again goes there.
      withNavigationErrorHandler(() =>
        new RedirectCommand(inject(Router).parseUrl('/not-loaded'), { skipLocationChange: true })),
    ),
    // Files come from the language's folder, <base href="/en/">; pages have one address in all languages.
    { provide: APP_BASE_HREF, useValue: '/' },
    { provide: TitleStrategy, useClass: PageTitle },
  ],
};
