/**
 * The image on its stage: OpenSeadragon, and what of the viewer's state it shows. The window is a
 * filter on its canvas alone, so the heat map and the box above it keep their colours.
 */
import type OSD from 'openseadragon';
import { View, ViewerState, sameView, wholeImage } from './viewer_state';

type OpenSeadragon = typeof OSD;

// The secondary button of a mouse, as `PointerEvent.button` and `.buttons` have it.
const secondary = { button: 2, buttons: 2 };

export class Stage {
  private readonly listening = new AbortController();
  /** What the state was told last; anything else in it comes from outside. */
  private told: View = wholeImage;
  /** Is all of the image to be seen, however much room there is? */
  private fits = true;

  private constructor(
    private readonly lib: OpenSeadragon, private readonly osd: OSD.Viewer, private readonly layer: HTMLElement,
    private readonly url: string, private readonly state: ViewerState,
  ) {
    this.lay(layer);
    this.windowByDragging();
    this.tellViews();
  }

  /** Shows an image in `host`, and over it `layer`, which moves with it. Fails when it cannot be decoded. */
  static async open(host: HTMLElement, layer: HTMLElement, image: Blob, state: ViewerState): Promise<Stage> {
    const lib = (await import('openseadragon')).default;
    keepItsStyleOut();
    const url = URL.createObjectURL(image);
    const osd = lib({ ...settings(), element: host, tileSources: { type: 'image', url } as never });
    try {
      await new Promise<void>((opened, failed) => {
        osd.addOnceHandler('open', () => osd.world.getItemAt(0).whenFullyLoaded(() => opened()));
        osd.addOnceHandler('open-failed', () => failed(new Error(undecodable)));
      });
      return new Stage(lib, osd, layer, url, state);
    } catch (error) {
      osd.destroy();
      URL.revokeObjectURL(url);
      throw error;
    }
  }

  close(): void {
    this.listening.abort();
    this.osd.removeOverlay(this.layer);
    this.osd.destroy();
    URL.revokeObjectURL(this.url);
  }

  /** The element that takes the keys. */
  get canvas(): HTMLElement {
    return this.osd.canvas as HTMLElement;
  }

  /** The id of the SVG filter that is the window. */
  setFilter(id: string): void {
    (this.osd.drawer.canvas as HTMLElement).style.filter = `url(#${id})`;
  }

  turn(degrees: number, mirrored: boolean): void {
    this.osd.viewport.setFlip(mirrored);
    this.osd.viewport.setRotation(degrees);
    if (this.fits) this.osd.viewport.goHome();
  }

  /** Shows at once what comes from outside; the state's echo of what was told is none of that. */
  show(view: View): void {
    if (sameView(view, this.told)) return;
    this.told = view;
    this.fits = sameView(view, wholeImage);
    const { viewport } = this.osd;
    viewport.zoomTo(view.zoom * viewport.getHomeZoom(), undefined, true);
    viewport.panTo(new this.lib.Point(view.x, view.y * this.aspect), true);
  }

  zoomBy(factor: number): void {
    this.fits = false;
    this.osd.viewport.zoomBy(factor);
    this.osd.viewport.applyConstraints();
  }

  fit(): void {
    this.fits = true;
    this.osd.viewport.goHome();
  }

  /** One pixel of the image on one of the screen. */
  actualSize(): void {
    this.fits = false;
    const { viewport } = this.osd;
    viewport.zoomTo(viewport.imageToViewportZoom(1 / devicePixelRatio));
    viewport.applyConstraints();
  }

  /** By pixels of the screen. */
  panBy(right: number, down: number): void {
    this.fits = false;
    const { viewport } = this.osd;
    const shift = new this.lib.Point(viewport.getFlip() ? -right : right, down);
    viewport.panBy(viewport.deltaPointsFromPixels(shift));
    viewport.applyConstraints();
  }

  private get aspect(): number {
    const { x, y } = this.osd.world.getItemAt(0).getContentSize();
    return y / x;
  }

  private lay(layer: HTMLElement): void {
    this.osd.addOverlay({ element: layer, location: new this.lib.Rect(0, 0, 1, this.aspect) });
    layer.parentElement!.style.pointerEvents = 'none';
  }

  private tellViews(): void {
    this.osd.addHandler('viewport-change', () => this.tell());
    // The library sets its own view after it told of the new size.
    this.osd.addHandler('resize', () => queueMicrotask(() => {
      if (this.fits) this.osd.viewport?.goHome(true);
    }));
    const moved = () => (this.fits = false);
    this.osd.addHandler('canvas-scroll', moved);
    this.osd.addHandler('canvas-pinch', moved);
    this.osd.addHandler('canvas-double-click', moved);
    if (sameView(this.state.view(), wholeImage)) this.osd.viewport.goHome(true);
    this.show(this.state.view());
    this.tell();
  }

  private tell(): void {
    const { viewport } = this.osd;
    const { x, y } = viewport.getCenter(true);
    const zoom = viewport.getZoom(true);
    this.told = { x, y: y / this.aspect, zoom: zoom / viewport.getHomeZoom() };
    this.state.view.set(this.told);
    this.state.scale.set(viewport.viewportToImageZoom(zoom) * devicePixelRatio);
  }

  private windowByDragging(): void {
    this.osd.addHandler('canvas-drag', (event) => {
      if (this.state.tool() !== 'window' && !event.shift) {
        this.fits = false;
        return;
      }
      event.preventDefaultAction = true;
      this.state.drag(event.delta.x, event.delta.y);
    });
    // Without this the image would go on after a quick drag.
    this.osd.addHandler('canvas-drag-end', (event) => {
      if (this.state.tool() === 'window' || event.shift) event.preventDefaultAction = true;
    });
    const { signal } = this.listening;
    const options = { signal, capture: true };
    this.canvas.addEventListener('contextmenu', (event) => event.preventDefault(), options);
    this.canvas.addEventListener('pointerdown', ({ button }) => {
      if (button === secondary.button) this.followSecondary(signal);
    }, options);
  }

  // OpenSeadragon drags by the primary button only.
  private followSecondary(closed: AbortSignal): void {
    const released = new AbortController();
    const options = { capture: true, signal: AbortSignal.any([closed, released.signal]) };
    document.addEventListener('pointermove', ({ buttons, movementX, movementY }) => {
      if (buttons & secondary.buttons) this.state.drag(movementX, movementY);
      else released.abort();
    }, options);
    document.addEventListener('pointerup', () => released.abort(), options);
  }
}

// The library adds a style of its own, which the page's policy refuses, unless it finds an element of
// that name with this mark. One of no namespace is found, and is no style.
function keepItsStyleOut(): void {
  const mark = 'data-openseadragon-mobile-css';
  if (document.querySelector(`style[${mark}]`)) return;
  const stub = document.createElementNS(null, 'style');
  stub.setAttribute(mark, '');
  document.head.append(stub);
}

const undecodable = $localize`:@@viewer.undecodable:The browser cannot show this picture.`;

// Its canvas drawer: the other one needs WebGL, and takes no larger images than that.
function settings(): OSD.Options {
  const still = matchMedia('(prefers-reduced-motion: reduce)').matches;
  const gestures = { clickToZoom: false, dblClickToZoom: true };
  return {
    drawer: 'canvas', animationTime: still ? 0 : 0.5, springStiffness: 8, visibilityRatio: 0.3, zoomPerScroll: 1.15,
    minZoomImageRatio: 0.5, maxZoomPixelRatio: 10, overlayPreserveContentDirection: false,
    showNavigationControl: false, keyboardNavEnabled: false,
    gestureSettingsMouse: gestures, gestureSettingsTouch: { ...gestures, pinchRotate: false }, gestureSettingsPen: gestures,
  };
}
