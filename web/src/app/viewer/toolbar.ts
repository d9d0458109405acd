/** The viewer's buttons, and the window and zoom in numbers. */
import { ChangeDetectionStrategy, Component, computed, input } from '@angular/core';
import { MatIconButton } from '@angular/material/button';
import { MatTooltip } from '@angular/material/tooltip';
import { PercentPipe } from '../shared/formats';
import { Icon } from '../shared/icon';
import { ViewerAction, Viewed, perform, toolbarActions } from './viewer_actions';
import { levels, widths } from './window';

@Component({
  selector: 'px-viewer-toolbar',
  imports: [Icon, MatIconButton, MatTooltip, PercentPipe],
  changeDetection: ChangeDetectionStrategy.OnPush,
  templateUrl: './toolbar.html',
  styleUrl: './toolbar.scss',
})
export class Toolbar {
  readonly viewer = input.required<Viewed>();
  protected readonly state = computed(() => this.viewer().state);
  protected readonly bounds = { width: widths, level: levels };
  // Phones that cannot do it have no button for it.
  protected readonly groups = toolbarActions.map((group) =>
    group.filter(({ icon }) => icon !== 'fullscreen' || document.fullscreenEnabled));

  protected tip({ does, key }: ViewerAction): string {
    return `${does} (${key.toUpperCase()})`;
  }

  protected use(action: ViewerAction): void {
    perform(action, this.viewer());
  }

  protected setWindow(side: 'width' | 'level', field: HTMLInputElement): void {
    if (Number.isFinite(field.valueAsNumber)) this.state().setWindow({ [side]: field.valueAsNumber });
    field.valueAsNumber = this.state().window()[side];
  }
}
