/** The pages, under the addresses that the 2020 web app had where it had them. */
import { Routes } from '@angular/router';
import NotLoaded from './pages/not_found/not_loaded';
import { adminsOnly, ownersOnly, usersOnly } from './shell/guards';

export const routes: Routes = [
  { path: '', pathMatch: 'full', loadComponent: () => import('./pages/home/home') },
  {
    path: 'anonupload',
    title: $localize`:@@title.upload:Upload`,
    loadComponent: () => import('./pages/upload/upload'),
  },
  {
    path: 'results',
    title: $localize`:@@title.results:Results`,
    loadComponent: () => import('./pages/xray/results'),
  },
  {
    path: 'register',
    title: $localize`:@@title.register:Sign up`,
    loadComponent: () => import('./pages/account/register'),
  },
  {
    path: 'login',
    title: $localize`:@@title.login:Log in`,
    loadComponent: () => import('./pages/account/login'),
  },
  {
    path: 'users/:userId',
    title: $localize`:@@title.profile:My X-rays`,
    canActivate: [ownersOnly],
    loadComponent: () => import('./pages/profile/profile'),
  },
  {
    path: 'users/:userId/upload',
    title: $localize`:@@title.upload:Upload`,
    canActivate: [ownersOnly],
    loadComponent: () => import('./pages/upload/upload'),
  },
  // A capability, where there is one, is the address's fragment: that is never sent or logged.
  {
    path: 'xrays/:id',
    title: $localize`:@@title.xray:X-ray`,
    canDeactivate: [(page: { canLeave(): Promise<boolean> }) => page.canLeave()],
    loadComponent: () => import('./pages/xray/xray'),
  },
  {
    path: 'compare',
    title: $localize`:@@title.compare:Compare`,
    canActivate: [usersOnly],
    loadComponent: () => import('./pages/compare/compare'),
  },
  {
    path: 'developer',
    title: $localize`:@@title.developer:For developers`,
    canActivate: [usersOnly],
    loadComponent: () => import('./pages/developer/developer'),
  },
  {
    path: 'about',
    title: $localize`:@@title.about:About the model`,
    loadComponent: () => import('./pages/about/about'),
  },
  {
    path: 'settings',
    title: $localize`:@@title.settings:Settings`,
    loadComponent: () => import('./pages/settings/settings'),
  },
  {
    path: 'admin',
    title: $localize`:@@title.admin:Administration`,
    canActivate: [adminsOnly],
    loadChildren: () => import('./pages/admin/admin.routes'),
  },
  // It has to be here already when others cannot be loaded.
  { path: 'not-loaded', component: NotLoaded },
  {
    path: '**',
    title: $localize`:@@title.notFound:Page not found`,
    loadComponent: () => import('./pages/not_found/not_found'),
  },
];
