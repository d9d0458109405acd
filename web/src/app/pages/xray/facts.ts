/** What makes a reading repeatable: the image's size and hash, the ensemble and its networks. */
import { ChangeDetectionStrategy, Component, input } from '@angular/core';
import { BytesPipe, NumberPipe, TimePipe } from '../../shared/formats';
import type { Reading } from './reading';

@Component({
  selector: 'px-facts',
  imports: [BytesPipe, NumberPipe, TimePipe],
  changeDetection: ChangeDetectionStrategy.OnPush,
  template: `
    @let one = reading();
    <details>
      <summary i18n="@@reading.facts">Facts on the image and the networks</summary>
      <dl>
        <dt i18n="@@reading.size">Size</dt>
        <dd>{{ one.width | pxNumber }} × {{ one.height | pxNumber }} @if (bytes(); as bytes) { · {{ bytes | pxBytes }} }</dd>
        @if (created(); as created) { <dt i18n="@@reading.created">Uploaded</dt><dd>{{ created | pxTime }}</dd> }
        <dt i18n="@@reading.imageHash">SHA-256 of the image</dt><dd class="hash">{{ one.sha256 }}</dd>
        @if (one.ensemble; as ensemble) {
          <dt i18n="@@reading.ensemble">Ensemble</dt><dd>{{ ensemble.name }}, <span class="hash">{{ ensemble.version }}</span></dd>
          @for (member of ensemble.members; track member.name) {
            <dt>{{ member.name }}</dt><dd class="hash">{{ member.sha256 }}</dd>
          }
        }
      </dl>
    </details>
  `,
  styles: `
    summary { cursor: pointer; padding-block: 0.25rem; font-weight: 600 }
    dl { display: grid; grid-template-columns: auto minmax(0, 1fr); gap: 0.35rem 1rem; margin: 0.75rem 0 0; font-size: 0.875rem }
    dt { color: var(--mat-sys-on-surface-variant) }
    dd { margin: 0; min-width: 0 }
    .hash { font-family: ui-monospace, monospace; font-size: 0.8125rem; overflow-wrap: anywhere }
    @media (width < 40rem) {
      dl { grid-template-columns: minmax(0, 1fr); gap: 0.1rem }
      dd { margin-bottom: 0.5rem }
    }
  `,
})
export class Facts {
  readonly reading = input.required<Reading>();
  readonly bytes = input<number | null>(null);
  readonly created = input<string | null>(null);
}
