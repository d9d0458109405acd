/** What can be done to a viewer, each once: its button, its key, its words. */
import type { IconName } from '../shared/icons';
import type { Shortcut } from '../shell/shortcuts';
import type { Stage } from './stage';
import type { ViewerState } from './viewer_state';

/** What actions need of a viewer. */
export interface Viewed {
  readonly state: ViewerState;
  /** Null until there is an image. */
  stage(): Stage | null;
  /** Do keys go to its image? */
  hasFocus(): boolean;
  toggleFullScreen(): void;
  /** For those who do not see what happened. */
  announce(words: string): void;
}

export interface ViewerAction {
  key: string;
  does: string;
  run: (viewer: Viewed) => void;
  /** Those that stay on or off. */
  pressed?: (state: ViewerState) => boolean;
  /** Those of the toolbar. */
  icon?: IconName;
}

const zoomStep = 1.4;

/** The toolbar's buttons, in groups. */
export const toolbarActions: ViewerAction[][] = [
  [
    {
      key: 'v', icon: 'pan_tool', does: $localize`:@@viewer.panTool:Move by dragging`,
      run: ({ state }) => state.tool.set('pan'), pressed: (state) => state.tool() === 'pan',
    },
    {
      key: 'w', icon: 'contrast', does: $localize`:@@viewer.windowTool:Window by dragging: width sideways, level up and down`,
      run: ({ state }) => state.tool.set('window'), pressed: (state) => state.tool() === 'window',
    },
    {
      key: 'i', icon: 'invert_colors', does: $localize`:@@viewer.invert:Invert black and white`,
      run: ({ state }) => state.toggle('inverted'), pressed: (state) => state.inverted(),
    },
  ],
  [
    { key: '+', icon: 'zoom_in', does: $localize`:@@viewer.zoomIn:Zoom in`, run: (viewer) => viewer.stage()?.zoomBy(zoomStep) },
    { key: '-', icon: 'zoom_out', does: $localize`:@@viewer.zoomOut:Zoom out`, run: (viewer) => viewer.stage()?.zoomBy(1 / zoomStep) },
    { key: '0', icon: 'fit_screen', does: $localize`:@@viewer.fit:Show the whole image`, run: (viewer) => viewer.stage()?.fit() },
    { key: '1', icon: 'view_real_size', does: $localize`:@@viewer.actualSize:Actual pixels, 1:1`, run: (viewer) => viewer.stage()?.actualSize() },
  ],
  [
    { key: 'l', icon: 'rotate_90_degrees_ccw', does: $localize`:@@viewer.rotateLeft:Rotate to the left`, run: ({ state }) => state.rotate(-1) },
    { key: 'r', icon: 'rotate_90_degrees_cw', does: $localize`:@@viewer.rotateRight:Rotate to the right`, run: ({ state }) => state.rotate(1) },
    {
      key: 'm', icon: 'flip', does: $localize`:@@viewer.mirror:Exchange left and right`,
      run: ({ state }) => state.toggle('mirrored'), pressed: (state) => state.mirrored(),
    },
  ],
  [
    { key: 'z', icon: 'restart_alt', does: $localize`:@@viewer.reset:Reset the view`, run: ({ state }) => state.reset() },
    { key: 'f', icon: 'fullscreen', does: $localize`:@@viewer.fullScreen:Full screen`, run: (viewer) => viewer.toggleFullScreen() },
  ],
];

/** The heat map's switches, and what has its own controls beside the toolbar. */
export const heatActions = {
  heat: {
    key: 'o', icon: 'layers', does: $localize`:@@viewer.heat:Heat map`,
    run: ({ state }) => state.toggle('heatShown'), pressed: (state) => state.heatShown(),
  },
  box: {
    key: 'b', icon: 'select', does: $localize`:@@viewer.box:Box around the hottest region`,
    run: ({ state }) => state.toggle('boxShown'), pressed: (state) => state.boxShown(),
  },
  colours: { key: 'c', does: $localize`:@@viewer.nextColours:Next colour map`, run: ({ state }) => state.nextColours() },
  weaker: { key: ',', does: $localize`:@@viewer.weaker:Weaker heat map`, run: ({ state }) => state.stepOpacity(-1) },
  stronger: { key: '.', does: $localize`:@@viewer.stronger:Stronger heat map`, run: ({ state }) => state.stepOpacity(1) },
} satisfies Record<string, ViewerAction>;

const panStep = 60;
const windowStep = 8;

// Arrows move the image, or with the window tool its window; elsewhere they scroll the page.
const arrows: { key: string; right: number; down: number; does: string }[] = [
  { key: 'ArrowLeft', right: -1, down: 0, does: $localize`:@@viewer.left:On the image: move left; with the window tool, narrow it` },
  { key: 'ArrowRight', right: 1, down: 0, does: $localize`:@@viewer.right:On the image: move right; with the window tool, widen it` },
  { key: 'ArrowUp', right: 0, down: -1, does: $localize`:@@viewer.up:On the image: move up; with the window tool, lower the level` },
  { key: 'ArrowDown', right: 0, down: 1, does: $localize`:@@viewer.down:On the image: move down; with the window tool, raise the level` },
];

function moveOrWindow(viewer: Viewed, right: number, down: number): void {
  const { state } = viewer;
  if (state.tool() === 'pan') {
    viewer.stage()?.panBy(panStep * right, panStep * down);
    return;
  }
  state.drag(windowStep * right, windowStep * down);
  const { width, level } = state.window();
  viewer.announce($localize`:@@viewer.windowNow:Width ${width}:width:, level ${level}:level:`);
}

/** Runs an action, and tells what it switched. */
export function perform(action: ViewerAction, viewer: Viewed): void {
  action.run(viewer);
  if (!action.pressed) return;
  viewer.announce(action.pressed(viewer.state)
    ? $localize`:@@viewer.on:${action.does}:what:: on` : $localize`:@@viewer.off:${action.does}:what:: off`);
}

/** The keys of whatever viewer is in use. */
export function viewerShortcuts(current: () => Viewed | undefined): Shortcut[] {
  const withViewer = (run: (viewer: Viewed) => void) => () => {
    const viewer = current();
    if (viewer) run(viewer);
  };
  const actions: ViewerAction[] = [...toolbarActions.flat(), ...Object.values(heatActions)];
  return [
    ...actions.map((action) => ({
      key: action.key, does: action.does, run: withViewer((viewer) => perform(action, viewer)),
    })),
    ...arrows.map(({ key, does, right, down }) => ({
      key, does, run: withViewer((viewer) => moveOrWindow(viewer, right, down)), applies: () => current()?.hasFocus() ?? false,
    })),
  ];
}
