/** The networks of an ensemble: how much each counts in each finding, and their files' hashes. */
import { ChangeDetectionStrategy, Component, input } from '@angular/core';
import type { Models } from '../../api/types';
import { FindingPipe } from '../../shared/findings';
import { NumberPipe } from '../../shared/formats';

@Component({
  selector: 'px-members-table',
  imports: [FindingPipe, NumberPipe],
  changeDetection: ChangeDetectionStrategy.OnPush,
  template: `
    <div class="scroll-x" tabindex="0" role="group" i18n-aria-label="@@about.members" aria-label="Networks and their weights">
      <table>
        <thead><tr>
          <th scope="col" i18n="@@about.network">Network</th>
          @for (finding of models().findings; track finding.id) { <th scope="col" class="number">{{ finding | pxFinding }}</th> }
        </tr></thead>
        <tbody>
          @for (member of models().members; track member.name) {
            <tr>
              <th scope="row">{{ member.name }}</th>
              @for (finding of models().findings; track finding.id) {
                <td class="number">@if (member.weights[finding.id]; as weight) { {{ weight | pxNumber: 3 }} } @else { – }</td>
              }
            </tr>
          }
        </tbody>
      </table>
    </div>
    <details>
      <summary i18n="@@about.hashes">Hashes of the networks' files (SHA-256)</summary>
      <dl>
        @for (member of models().members; track member.name) { <div><dt>{{ member.name }}</dt><dd>{{ member.sha256 }}</dd></div> }
      </dl>
    </details>
  `,
  styles: `
    :host { display: block; min-width: 0 }
    summary { cursor: pointer; padding-block: 0.75rem; font-size: 0.875rem }
    dl { margin: 0; display: grid; gap: 0.6rem }
    dt { font-weight: 600; font-size: 0.875rem }
    dd { margin: 0; font: 0.8125rem ui-monospace, monospace; overflow-wrap: anywhere; color: var(--mat-sys-on-surface-variant) }
  `,
})
export class MembersTable {
  readonly models = input.required<Models>();
}
