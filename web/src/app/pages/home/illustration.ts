/** A synthetic radiograph on a light box, drawn by the server; until it comes, or if it does not, the box. */
import { ChangeDetectionStrategy, Component, signal } from '@angular/core';

const seed = 11;

@Component({
  selector: 'px-illustration',
  changeDetection: ChangeDetectionStrategy.OnPush,
  template: `
    <figure>
      <div class="box" [class.lit]="drawn()">
        <img [src]="address" width="768" height="768" fetchpriority="low" (load)="drawn.set(true)"
          i18n-alt="@@home.illustration" alt="A synthetic frontal chest radiograph" />
      </div>
      <figcaption i18n="@@home.caption">A synthetic radiograph, drawn by this server. It shows nobody.</figcaption>
    </figure>
  `,
  styles: `
    figure { margin: 0; display: grid; gap: 0.6rem }
    .box {
      position: relative; aspect-ratio: 1; overflow: hidden; border-radius: 1.75rem; background: #05090b;
      box-shadow: 0 1px 2px rgb(0 0 0 / 25%), 0 18px 50px -18px color-mix(in srgb, var(--mat-sys-primary) 55%, transparent);
    }
    img { display: block; width: 100%; height: 100%; object-fit: cover; color: transparent; opacity: 0; transition: opacity 0.5s }
    .lit img { opacity: 1 }
    figcaption { text-align: center; text-wrap: balance; font-size: 0.8125rem; color: var(--mat-sys-on-surface-variant) }
  `,
})
export class Illustration {
  protected readonly address = `/phantom.png?seed=${seed}&size=512`;
  protected readonly drawn = signal(false);
}
