/** A radiograph to read: the image, a finding's heat map and box over it, and all that changes how it is shown. */
import { LiveAnnouncer } from '@angular/cdk/a11y';
import {
  ChangeDetectionStrategy, Component, DestroyRef, ElementRef, computed, effect, inject, input, signal, untracked, viewChild,
} from '@angular/core';
import { MatProgressBar } from '@angular/material/progress-bar';
import { ProblemNote } from '../shared/problem_note';
import { colourTable } from './colour_maps';
import { HeatControls } from './heat_controls';
import { HeatMap, drawHeatMap } from './heat_map';
import { Stage } from './stage';
import { Toolbar } from './toolbar';
import type { Viewed } from './viewer_actions';
import { ViewerState } from './viewer_state';

/** x, y, width and height in the image's pixels, and that image's size. */
export interface Region {
  box: readonly number[];
  width: number;
  height: number;
}

let viewers = 0;

@Component({
  selector: 'px-viewer',
  imports: [HeatControls, MatProgressBar, ProblemNote, Toolbar],
  changeDetection: ChangeDetectionStrategy.OnPush,
  templateUrl: './viewer.html',
  styleUrl: './viewer.scss',
})
export class Viewer implements Viewed {
  /** The file; null while it is fetched. */
  readonly image = input.required<Blob | null>();
  /** What this viewer is called beside another one. */
  readonly name = input('');
  /** The name of the finding that the heat map is of. */
  readonly finding = input<string | null>(null);
  readonly heat = input<HeatMap | null>(null);
  readonly region = input<Region | null>(null);
  readonly stateInput = input.required<ViewerState>({ alias: 'state' });
  /** Whether there are heat maps to control at all. */
  readonly heatMaps = input(true);

  private readonly announcer = inject(LiveAnnouncer);
  private readonly element: HTMLElement = inject(ElementRef).nativeElement;
  private readonly host = viewChild.required<ElementRef<HTMLElement>>('host');
  private readonly layer = viewChild.required<ElementRef<HTMLElement>>('layer');
  private readonly heatCanvas = viewChild.required<ElementRef<HTMLCanvasElement>>('heatCanvas');
  private readonly opened = signal<Stage | null>(null);
  protected readonly error = signal<unknown>(null);
  protected readonly filterId = `window-${++viewers}`;
  protected readonly hintId = `viewer-hint-${viewers}`;
  readonly stage = this.opened.asReadonly();

  protected readonly heatVisible = computed(() => this.heat() !== null && this.state.heatShown());
  /** The image in words. */
  private readonly label = computed(() => {
    const words = this.heatVisible()
      ? $localize`:@@viewer.radiographWithHeat:Radiograph with the heat map of ${this.finding()}:finding:`
      : $localize`:@@viewer.radiograph:Radiograph`;
    return this.name() ? `${this.name()}: ${words}` : words;
  });
  /** The box as shares of the image, in percent; an empty one is none. */
  protected readonly box = computed(() => {
    const region = this.region();
    if (!region || !this.state.boxShown() || !region.box[2] || !region.box[3]) return null;
    const [x, y, width, height] = region.box;
    return {
      left: (100 * x) / region.width, top: (100 * y) / region.height,
      width: (100 * width) / region.width, height: (100 * height) / region.height,
    };
  });

  /** A heat map may be empty: that is told, or it would look as if it were missing. */
  protected readonly nothingHot = computed(() => this.heatVisible() && !this.heat()!.evidence.some((level) => level > 0));

  get state(): ViewerState {
    return this.stateInput();
  }

  constructor() {
    let latest = 0;
    effect(() => {
      const image = this.image();
      untracked(() => this.close());
      if (image) untracked(() => void this.open(image, ++latest, () => latest));
    });
    effect(() => this.stage()?.turn(this.state.rotation(), this.state.mirrored()));
    effect(() => this.stage()?.show(this.state.view()));
    effect(() => {
      const heat = this.heat();
      if (heat) drawHeatMap(this.heatCanvas().nativeElement, heat, colourTable(this.state.colours()));
    });
    effect(() => {
      const canvas = this.stage()?.canvas;
      canvas?.setAttribute('aria-label', this.label());
    });
    inject(DestroyRef).onDestroy(() => {
      latest++;
      this.close();
    });
  }

  hasFocus(): boolean {
    return this.stage()?.canvas.contains(document.activeElement) ?? false;
  }

  toggleFullScreen(): void {
    if (document.fullscreenElement) void document.exitFullscreen();
    else void this.element.requestFullscreen?.();
  }

  announce(words: string): void {
    void this.announcer.announce(words);
  }

  // Another image may come while this one is decoded: then this one is late, and goes.
  private async open(image: Blob, number: number, latest: () => number): Promise<void> {
    this.error.set(null);
    try {
      const stage = await Stage.open(this.host().nativeElement, this.layer().nativeElement, image, this.state);
      if (number !== latest()) {
        stage.close();
        return;
      }
      stage.setFilter(this.filterId);
      stage.canvas.setAttribute('role', 'application');
      stage.canvas.setAttribute('aria-describedby', this.hintId);
      this.opened.set(stage);
    } catch (error) {
      if (number === latest()) this.error.set(error);
    }
  }

  private close(): void {
    this.stage()?.close();
    this.opened.set(null);
  }
}
