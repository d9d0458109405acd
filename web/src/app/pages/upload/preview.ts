/** A small picture of a file that was chosen, for as long as it is shown. */
import { ChangeDetectionStrategy, Component, effect, input, signal } from '@angular/core';
import { Icon } from '../../shared/icon';

@Component({
  selector: 'px-preview',
  imports: [Icon],
  changeDetection: ChangeDetectionStrategy.OnPush,
  template: `
    @if (address(); as shown) { <img [src]="shown" alt="" (error)="address.set(null)" /> }
    @else { <px-icon name="image" /> }
  `,
  styles: `
    :host {
      display: grid; place-items: center; width: 6rem; height: 6rem; overflow: hidden; border-radius: 0.75rem;
      background: #0b0f12; color: #8fa3ad; font-size: 1.5rem;
    }
    img { width: 100%; height: 100%; object-fit: contain }
  `,
})
export class Preview {
  readonly file = input.required<Blob>();
  protected readonly address = signal<string | null>(null);

  constructor() {
    effect((onCleanup) => {
      const address = URL.createObjectURL(this.file());
      this.address.set(address);
      onCleanup(() => URL.revokeObjectURL(address));
    });
  }
}
