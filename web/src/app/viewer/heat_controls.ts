/** The heat map's switches, strength and colours, with a legend of what the colours mean. */
import { ChangeDetectionStrategy, Component, computed, input } from '@angular/core';
import { MatButton, MatIconButton } from '@angular/material/button';
import { MatMenuModule } from '@angular/material/menu';
import { MatTooltip } from '@angular/material/tooltip';
import { Icon } from '../shared/icon';
import { ColourMapName, colourMapNames, gradientOf } from './colour_maps';
import { Viewed, ViewerAction, heatActions, perform } from './viewer_actions';

const names: Record<ColourMapName, string> = {
  turbo: 'Turbo', viridis: 'Viridis', inferno: 'Inferno', grey: $localize`:@@viewer.grey:Grey`,
};

@Component({
  selector: 'px-heat-controls',
  imports: [Icon, MatButton, MatIconButton, MatMenuModule, MatTooltip],
  changeDetection: ChangeDetectionStrategy.OnPush,
  templateUrl: './heat_controls.html',
  styleUrl: './heat_controls.scss',
})
export class HeatControls {
  readonly viewer = input.required<Viewed>();
  protected readonly state = computed(() => this.viewer().state);
  protected readonly names = names;
  protected readonly maps = colourMapNames.map((name) => ({ name, gradient: gradientOf(name) }));
  protected readonly gradient = computed(() => gradientOf(this.state().colours()));
  protected readonly switches: (ViewerAction & Required<Pick<ViewerAction, 'icon' | 'pressed'>>)[] =
    [heatActions.heat, heatActions.box];

  protected use(action: ViewerAction): void {
    perform(action, this.viewer());
  }

  protected tip({ does, key }: ViewerAction): string {
    return `${does} (${key.toUpperCase()})`;
  }
}
