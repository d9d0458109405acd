/** What can be kept of a reading: the image, the heat map over it, the report, the numbers. */
import { ChangeDetectionStrategy, Component, computed, input, signal } from '@angular/core';
import { MatButton } from '@angular/material/button';
import type { FindingResult } from '../../api/types';
import { Icon } from '../../shared/icon';
import type { IconName } from '../../shared/icons';
import { ProblemNote } from '../../shared/problem_note';
import { colourTable } from '../../viewer/colour_maps';
import { HeatMap, drawOver } from '../../viewer/heat_map';
import type { ViewerState } from '../../viewer/viewer_state';
import type { ReadingSource } from './reading';
import { endingOf, saveFile } from './save_file';

interface Download {
  icon: IconName;
  name: string;
  make: () => Promise<Blob>;
  /** Between the file's name and its ending. */
  suffix?: string;
}

@Component({
  selector: 'px-downloads',
  imports: [Icon, MatButton, ProblemNote],
  changeDetection: ChangeDetectionStrategy.OnPush,
  template: `
    <h2 i18n="@@reading.download">Download</h2>
    <div class="row">
      @for (one of downloads(); track one.icon) {
        <button matButton="outlined" type="button" [disabled]="busy() === one.icon" (click)="save(one)">
          <px-icon [name]="one.icon" />{{ one.name }}
        </button>
      }
    </div>
    <px-problem [error]="error()" />
  `,
  styles: ':host { display: grid; gap: 1rem }',
})
export class Downloads {
  readonly source = input.required<ReadingSource>();
  readonly image = input.required<Blob | null>();
  /** The chosen finding, and its heat map once it is there. */
  readonly finding = input.required<FindingResult | null>();
  readonly heat = input.required<HeatMap | null>();
  readonly state = input.required<ViewerState>();
  protected readonly busy = signal<IconName | null>(null);
  protected readonly error = signal<unknown>(null);

  protected readonly downloads = computed<Download[]>(() => {
    const source = this.source();
    const [image, heat] = [this.image(), this.heat()];
    const offered: (Download | false)[] = [
      image !== null && { icon: 'image', name: $localize`:@@reading.image:Image`, make: () => Promise.resolve(image) },
      image !== null && heat !== null && {
        icon: 'layers', name: $localize`:@@reading.heatMap:Heat map`, suffix: `-${this.finding()?.id}`,
        make: () => drawOver(image, heat, colourTable(this.state().colours()), this.state().opacity()),
      },
      source.report !== null && { icon: 'description', name: $localize`:@@reading.report:Report (PDF)`, make: source.report },
      {
        icon: 'data_object', name: $localize`:@@reading.json:Numbers (JSON)`,
        make: () => Promise.resolve(new Blob([JSON.stringify(source.record, null, 2)], { type: 'application/json' })),
      },
    ];
    return offered.filter((one): one is Download => one !== false);
  });

  protected async save({ icon, make, suffix = '' }: Download): Promise<void> {
    this.error.set(null);
    this.busy.set(icon);
    try {
      const content = await make();
      saveFile(content, `${this.source().fileName}${suffix}.${endingOf(content.type)}`);
    } catch (error) {
      this.error.set(error);
    } finally {
      this.busy.set(null);
    }
  }
}
