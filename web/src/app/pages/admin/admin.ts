/** The frame of the administration area: its heading and the way between its pages. */
import { ChangeDetectionStrategy, Component } from '@angular/core';
import { MatTabsModule } from '@angular/material/tabs';
import { RouterLink, RouterLinkActive, RouterOutlet } from '@angular/router';

@Component({
  imports: [MatTabsModule, RouterLink, RouterLinkActive, RouterOutlet],
  changeDetection: ChangeDetectionStrategy.OnPush,
  template: `
    <div class="page admin">
      <h1 i18n="@@admin.title">Administration</h1>
      <nav mat-tab-nav-bar [tabPanel]="panel" mat-stretch-tabs="false" i18n-aria-label="@@admin.areas" aria-label="Areas">
        @for (area of areas; track area.path) {
          <a mat-tab-link [routerLink]="area.path" routerLinkActive #active="routerLinkActive" [active]="active.isActive">{{ area.name }}</a>
        }
      </nav>
      <mat-tab-nav-panel #panel><router-outlet /></mat-tab-nav-panel>
    </div>
  `,
  styles: `.admin { max-width: 76rem } mat-tab-nav-panel { display: block; min-width: 0 }`,
})
export class Admin {
  protected readonly areas = [
    { path: 'users', name: $localize`:@@admin.usersTitle:Users` },
    { path: 'state', name: $localize`:@@admin.stateTitle:State` },
    { path: 'audit', name: $localize`:@@admin.auditTitle:Audit trail` },
    { path: 'model', name: $localize`:@@admin.modelTitle:Ensemble` },
  ];
}
