/** How one radiograph is shown: window, orientation, what part of it, and the heat map over it. */
import { computed, signal } from '@angular/core';
import { ColourMapName, colourMapNames } from './colour_maps';
import { GreyWindow, boundWindow, dragWindow, transferOf, wholeRange } from './window';

/** What dragging does. */
export type Tool = 'pan' | 'window';

/** What part of the image is seen, so that it means the same for images of any size. */
export interface View {
  /** The image's point in the middle, as shares of its width and height. */
  x: number;
  y: number;
  /** 1: the whole image fits. */
  zoom: number;
}

export const wholeImage: View = { x: 0.5, y: 0.5, zoom: 1 };

const near = (a: number, b: number) => Math.abs(a - b) < 1e-4;
export const sameView = (a: View, b: View) => near(a.x, b.x) && near(a.y, b.y) && near(a.zoom, b.zoom);
const sameWindow = (a: GreyWindow, b: GreyWindow) => a.width === b.width && a.level === b.level;

const opacityStep = 0.1;

export class ViewerState {
  readonly tool = signal<Tool>('pan');
  readonly window = signal(wholeRange, { equal: sameWindow });
  readonly inverted = signal(false);
  /** Degrees clockwise, a multiple of 90 that may pass 360: the picture turns the short way. */
  readonly rotation = signal(0);
  /** Left and right are exchanged. */
  readonly mirrored = signal(false);
  readonly view = signal(wholeImage, { equal: sameView });
  /** Pixels of the screen that a pixel of the image takes; 0 until there is an image. */
  readonly scale = signal(0);

  readonly heatShown = signal(true);
  readonly boxShown = signal(true);
  readonly opacity = signal(0.6);
  readonly colours = signal<ColourMapName>('turbo');

  /** Slope and intercept of the grey values, inversion included. */
  readonly transfer = computed(() => transferOf(this.window(), this.inverted()));

  setWindow(change: Partial<GreyWindow>): void {
    this.window.update((window) => boundWindow({ ...window, ...change }));
  }

  drag(right: number, down: number): void {
    this.window.update((window) => dragWindow(window, right, down));
  }

  toggleTool(): void {
    this.tool.update((tool) => (tool === 'pan' ? 'window' : 'pan'));
  }

  toggle(which: 'inverted' | 'mirrored' | 'heatShown' | 'boxShown'): void {
    this[which].update((on) => !on);
  }

  rotate(quarters: 1 | -1): void {
    this.rotation.update((degrees) => degrees + 90 * quarters);
  }

  /** Stronger or weaker by a step. */
  stepOpacity(direction: 1 | -1): void {
    this.opacity.update((opacity) => Math.min(1, Math.max(0, Math.round(10 * (opacity + direction * opacityStep)) / 10)));
  }

  nextColours(): void {
    this.colours.update((name) => colourMapNames[(colourMapNames.indexOf(name) + 1) % colourMapNames.length]);
  }

  /** The image as it came. The heat map stays as it was chosen. */
  reset(): void {
    this.window.set(wholeRange);
    this.inverted.set(false);
    this.rotation.set(0);
    this.mirrored.set(false);
    this.view.set(wholeImage);
  }
}
