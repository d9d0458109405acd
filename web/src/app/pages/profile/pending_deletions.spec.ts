import { PendingDeletions } from './pending_deletions';

describe('PendingDeletions', () => {
  let deleted: number[];
  let pending: PendingDeletions;

  beforeEach(() => {
    vi.useFakeTimers();
    deleted = [];
    pending = new PendingDeletions((ids) => deleted.push(...ids), 8000);
  });
  afterEach(() => vi.useRealTimers());

  it('deletes when the time is up, and not before', () => {
    pending.add(1);
    vi.advanceTimersByTime(7999);
    expect(deleted).toEqual([]);
    expect(pending.ids()).toEqual([1]);
    vi.advanceTimersByTime(1);
    expect(deleted).toEqual([1]);
    expect(pending.ids()).toEqual([]);
  });

  it('deletes nothing that was had back', () => {
    pending.add(1);
    pending.undo();
    vi.runAllTimers();
    expect(deleted).toEqual([]);
    expect(pending.ids()).toEqual([]);
  });

  it('lets all wait for the last, once', () => {
    pending.add(1);
    vi.advanceTimersByTime(5000);
    pending.add(2);
    vi.advanceTimersByTime(5000);
    expect(deleted).toEqual([]);
    vi.advanceTimersByTime(3000);
    expect(deleted).toEqual([1, 2]);
    vi.runAllTimers();
    expect(deleted).toEqual([1, 2]);
  });

  it('can be told to finish at once, in another way', () => {
    const leaving: number[] = [];
    pending.add(3);
    pending.finish((ids) => leaving.push(...ids));
    vi.runAllTimers();
    expect(leaving).toEqual([3]);
    expect(deleted).toEqual([]);
  });
});
