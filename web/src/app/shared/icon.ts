/** One of the icons, in the colour and size of the text around it. Decoration: say it in words, too. */
import { ChangeDetectionStrategy, Component, computed, input } from '@angular/core';
import { IconName, icons } from './icons';

@Component({
  selector: 'px-icon',
  changeDetection: ChangeDetectionStrategy.OnPush,
  template: `<svg viewBox="0 -960 960 960" aria-hidden="true" focusable="false"><path [attr.d]="outline()" /></svg>`,
  styles: `
    :host { display: inline-flex; vertical-align: -0.2em }
    svg { width: 1.25em; height: 1.25em; fill: currentColor }
  `,
})
export class Icon {
  readonly name = input.required<IconName>();
  protected readonly outline = computed(() => icons[this.name()]);
}
