/** The administration area's pages. */
import { Routes } from '@angular/router';
import { Admin } from './admin';

export default [
  {
    path: '',
    component: Admin,
    children: [
      { path: '', pathMatch: 'full', redirectTo: 'users' },
      { path: 'users', title: $localize`:@@admin.usersTitle:Users`, loadComponent: () => import('./users') },
      { path: 'state', title: $localize`:@@admin.stateTitle:State`, loadComponent: () => import('./state') },
      { path: 'audit', title: $localize`:@@admin.auditTitle:Audit trail`, loadComponent: () => import('./audit') },
      { path: 'model', title: $localize`:@@admin.modelTitle:Ensemble`, loadComponent: () => import('./model') },
    ],
  },
] satisfies Routes;
