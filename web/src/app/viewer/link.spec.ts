/** Two viewers that move together, and apart. */
import { signal } from '@angular/core';
import { TestBed } from '@angular/core/testing';
import { linkStates } from './link';
import { ViewerState } from './viewer_state';

describe('linked viewers', () => {
  const view = { x: 0.2, y: 0.3, zoom: 2 };
  let left: ViewerState, right: ViewerState;
  const linked = { view: signal(true), window: signal(true) };

  beforeEach(() => {
    [left, right] = [new ViewerState(), new ViewerState()];
    linked.view.set(true);
    linked.window.set(true);
    TestBed.runInInjectionContext(() => linkStates(left, right, linked));
    TestBed.tick();
  });

  it('follow each other both ways', () => {
    left.view.set(view);
    right.setWindow({ width: 90 });
    TestBed.tick();
    expect(right.view()).toEqual(view);
    expect(left.window().width).toBe(90);
  });

  it('go their own ways when they are not linked, and share the tool all the same', () => {
    linked.view.set(false);
    linked.window.set(false);
    left.view.set(view);
    left.rotate(1);
    left.toggle('inverted');
    left.toggleTool();
    TestBed.tick();
    expect([right.view().zoom, right.rotation(), right.inverted(), right.tool()]).toEqual([1, 0, false, 'window']);
  });

  it('are as the left one is when they are linked again', () => {
    linked.view.set(false);
    left.view.set(view);
    right.view.set({ ...view, zoom: 5 });
    TestBed.tick();
    linked.view.set(true);
    TestBed.tick();
    expect(right.view()).toEqual(view);
    expect(left.view()).toEqual(view);
  });
});
