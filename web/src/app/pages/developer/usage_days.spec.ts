import { lastDays, scaleTop } from './usage_days';

describe('lastDays', () => {
  it('fills days without use, oldest first, and leaves out older ones', () => {
    const used = [
      { day: '2026-03-01', requests: 7, readings: 2, bytes: 9 },
      { day: '2026-02-27', requests: 1, readings: 0, bytes: 0 },
      { day: '2026-02-20', requests: 99, readings: 0, bytes: 0 },
    ];
    const days = lastDays(used, 4, new Date('2026-03-01T23:59:00Z'));
    expect(days.map(({ day }) => day)).toEqual(['2026-02-26', '2026-02-27', '2026-02-28', '2026-03-01']);
    expect(days.map(({ requests }) => requests)).toEqual([0, 1, 0, 7]);
  });
});

describe('scaleTop', () => {
  it.each([[0, 1], [1, 1], [3, 5], [5, 5], [6, 10], [10, 10], [11, 20], [340, 500], [501, 1000]])(
    'is round and no less than %i', (most, top) => expect(scaleTop(most)).toBe(top));
});
