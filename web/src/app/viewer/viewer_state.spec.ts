/** What the viewer's state does when its buttons and keys are used. */
import { ViewerState, sameView, wholeImage } from './viewer_state';
import { wholeRange } from './window';

describe('the viewer’s state', () => {
  let state: ViewerState;
  beforeEach(() => {
    state = new ViewerState();
  });

  it('inverts twice to what it was', () => {
    const before = state.transfer();
    state.toggle('inverted');
    expect(state.transfer()).toEqual({ slope: -1, intercept: 1 });
    state.toggle('inverted');
    expect(state.transfer()).toEqual(before);
  });

  it('changes one side of the window and keeps the other', () => {
    state.setWindow({ width: 100 });
    state.setWindow({ level: 90.2 });
    expect(state.window()).toEqual({ width: 100, level: 90 });
    state.drag(10, 5);
    expect(state.window()).toEqual({ width: 110, level: 95 });
  });

  it('goes from one tool to the other and back', () => {
    state.toggleTool();
    expect(state.tool()).toBe('window');
    state.toggleTool();
    expect(state.tool()).toBe('pan');
  });

  it('keeps the opacity between nothing and all', () => {
    for (let i = 0; i < 20; i++) state.stepOpacity(1);
    expect(state.opacity()).toBe(1);
    state.stepOpacity(-1);
    expect(state.opacity()).toBe(0.9);
    for (let i = 0; i < 20; i++) state.stepOpacity(-1);
    expect(state.opacity()).toBe(0);
  });

  it('goes round the colour maps', () => {
    const seen = ['', '', '', ''].map(() => {
      state.nextColours();
      return state.colours();
    });
    expect(seen).toEqual(['viridis', 'inferno', 'grey', 'turbo']);
  });

  it('is reset to the image as it came, but for the heat map', () => {
    state.setWindow({ width: 50 });
    state.toggle('inverted');
    state.toggle('mirrored');
    state.rotate(-1);
    state.view.set({ x: 0.1, y: 0.2, zoom: 3 });
    state.colours.set('grey');
    state.toggle('heatShown');
    state.reset();
    expect(state.window()).toEqual(wholeRange);
    expect([state.inverted(), state.mirrored(), state.rotation(), state.heatShown()]).toEqual([false, false, 0, false]);
    expect(state.view()).toEqual(wholeImage);
    expect(state.colours()).toBe('grey');
  });

  it('takes views that are hardly apart for the same: linked viewers come to rest', () => {
    expect(sameView(wholeImage, { ...wholeImage, x: 0.50001 })).toBe(true);
    expect(sameView(wholeImage, { ...wholeImage, zoom: 1.01 })).toBe(false);
  });
});
