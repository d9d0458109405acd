/** Two viewers that move together. */
import { Signal, WritableSignal, effect, signal, untracked } from '@angular/core';
import { ViewerState } from './viewer_state';

/**
 * While `linked`, what happens to one happens to the other; the left one leads when it begins. Tool
 * and heat map are always those of both. In an injection context.
 */
export function linkStates(
  left: ViewerState, right: ViewerState, linked: { view: Signal<boolean>; window: Signal<boolean> },
): void {
  const pair = <T>(one: WritableSignal<T>, other: WritableSignal<T>, when: Signal<boolean>) => {
    copyInto(one, other, when);
    copyInto(other, one, when);
  };
  pair(left.view, right.view, linked.view);
  pair(left.rotation, right.rotation, linked.view);
  pair(left.mirrored, right.mirrored, linked.view);
  pair(left.window, right.window, linked.window);
  pair(left.inverted, right.inverted, linked.window);
  const always = signal(true);
  pair(left.tool, right.tool, always);
  pair(left.heatShown, right.heatShown, always);
  pair(left.boxShown, right.boxShown, always);
  pair(left.opacity, right.opacity, always);
  pair(left.colours, right.colours, always);
}

// What is the same already is not set again, so that two of these come to rest.
function copyInto<T>(from: WritableSignal<T>, to: WritableSignal<T>, when: Signal<boolean>): void {
  effect(() => {
    const value = from();
    if (when()) untracked(() => to.set(value));
  });
}
