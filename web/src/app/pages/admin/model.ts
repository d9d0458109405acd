/** The ensemble in use. */
import { ChangeDetectionStrategy, Component, inject } from '@angular/core';
import { RouterLink } from '@angular/router';
import { Session } from '../../api/session';
import { BytesPipe } from '../../shared/formats';
import { FindingsTable } from '../about/findings_table';
import { MembersTable } from '../about/members_table';

@Component({
  imports: [BytesPipe, FindingsTable, MembersTable, RouterLink],
  changeDetection: ChangeDetectionStrategy.OnPush,
  template: `
    <div class="model">
      <h2 class="visually-hidden" i18n="@@admin.modelTitle">Ensemble</h2>
      @if (session.models(); as models) {
        <p><strong>{{ models.name }}</strong>, <ng-container i18n="@@admin.modelVersion">version</ng-container> <code>{{ models.version }}</code></p>
        <px-findings-table [models]="models" />
        <px-members-table [models]="models" />
        <p class="muted" i18n="@@admin.modelMore">The largest image taken has {{ models.max_upload_bytes | pxBytes }}. Another ensemble is chosen by the server's setting <code>ensemble</code>, when it starts.</p>
        <p><a routerLink="/about" i18n="@@admin.modelCard">The whole model card</a></p>
      }
    </div>
  `,
  styles: `.model { display: grid; gap: 1.25rem; padding-top: 1.25rem } p { margin: 0 }`,
})
export default class Model {
  protected readonly session = inject(Session);
}
