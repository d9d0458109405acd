/** The audit trail: who saw, made or deleted what, the newest first. */
import { ChangeDetectionStrategy, Component, inject } from '@angular/core';
import { Api } from '../../api/api';
import type { AuditEntry } from '../../api/types';
import { TimePipe } from '../../shared/formats';
import { LoadMore } from '../../shared/load_more';
import { PagedList } from '../../shared/paged_list';

@Component({
  imports: [LoadMore, TimePipe],
  changeDetection: ChangeDetectionStrategy.OnPush,
  templateUrl: './audit.html',
  styleUrl: './audit.scss',
})
export default class Audit {
  private readonly api = inject(Api);
  protected readonly list = new PagedList<AuditEntry>(
    (cursor) => this.api.audit({ sort: 'newest', cursor, limit: 50 }), ({ number }) => number);

  constructor() {
    void this.list.reload();
  }
}
