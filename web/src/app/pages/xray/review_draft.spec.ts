/** A review on its way to the server: saved, failed, changed meanwhile. */
import { vi } from 'vitest';
import type { Review } from '../../api/types';
import { ReviewDraft, ReviewStore } from './review_draft';

const review: Review = { verdict: 'accepted', note: 'seen', updated: '2026-11-26T10:00:00Z' };

function storeOf(save = vi.fn((_: unknown) => Promise.resolve()), remove = vi.fn(() => Promise.resolve())) {
  return { save, remove } satisfies ReviewStore;
}

describe('a review', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('begins as the server has it', () => {
    const draft = new ReviewDraft(review, storeOf());
    expect([draft.verdict(), draft.note(), draft.state()]).toEqual(['accepted', 'seen', 'saved']);
    expect(new ReviewDraft(null, storeOf()).state()).toBe('none');
  });

  it('saves a verdict at once, and takes it back when it is chosen again', async () => {
    const store = storeOf();
    const draft = new ReviewDraft(null, store);
    draft.toggleVerdict('rejected');
    expect(draft.state()).toBe('saving');
    await draft.settle();
    expect(store.save).toHaveBeenCalledExactlyOnceWith({ verdict: 'rejected', note: '' });
    expect(draft.state()).toBe('saved');
    draft.toggleVerdict('rejected');
    await draft.settle();
    expect(store.remove).toHaveBeenCalledTimes(1);
    expect(draft.state()).toBe('none');
  });

  it('saves a note once, after a pause in typing', async () => {
    const store = storeOf();
    const draft = new ReviewDraft(null, store, 500);
    draft.setNote('a');
    await vi.advanceTimersByTimeAsync(400);
    draft.setNote('ab');
    expect(draft.state()).toBe('unsaved');
    await vi.advanceTimersByTimeAsync(499);
    expect(store.save).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(1);
    expect(store.save).toHaveBeenCalledExactlyOnceWith({ verdict: null, note: 'ab' });
    expect(draft.state()).toBe('saved');
  });

  it('saves again what was typed while it was saved', async () => {
    let answer = () => {};
    const save = vi.fn((_: unknown) => new Promise<void>((resolve) => (answer = resolve)));
    const draft = new ReviewDraft(null, storeOf(save));
    draft.setNote('one');
    const settled = draft.settle();
    draft.setNote('two');
    answer();
    await vi.advanceTimersByTimeAsync(0);
    expect(save).toHaveBeenLastCalledWith({ verdict: null, note: 'two' });
    answer();
    expect(await settled).toBe(true);
    expect(save).toHaveBeenCalledTimes(2);
    expect(draft.state()).toBe('saved');
  });

  it('keeps what was typed when saving fails, and saves it at another try', async () => {
    const save = vi.fn((_: unknown) => Promise.resolve()).mockRejectedValueOnce(new Error('away'));
    const draft = new ReviewDraft(null, storeOf(save));
    draft.setNote('kept');
    expect(await draft.settle()).toBe(false);
    expect([draft.state(), draft.note(), String(draft.error())]).toEqual(['failed', 'kept', 'Error: away']);
    expect(await draft.settle()).toBe(true);
    expect([draft.state(), draft.error()]).toEqual(['saved', null]);
  });

  it('asks the server for nothing when nothing was said', async () => {
    const store = storeOf();
    const draft = new ReviewDraft(null, store);
    draft.setNote('  ');
    expect(await draft.settle()).toBe(true);
    expect(store.save).not.toHaveBeenCalled();
    expect(store.remove).not.toHaveBeenCalled();
    expect(draft.state()).toBe('none');
  });
});
