/** The days of an account's use as a chart shows them: each day once, also those without any. */
import type { Usage } from '../../api/types';

export type UsageDay = Usage['days'][number];

const dayMs = 86_400_000;

/** The last `count` days up to `today`, oldest first. Days are the server's, in UTC. */
export function lastDays(used: readonly UsageDay[], count: number, today: Date): UsageDay[] {
  const byDay = new Map(used.map((day) => [day.day, day]));
  return Array.from({ length: count }, (_, i) => {
    const day = new Date(today.getTime() - (count - 1 - i) * dayMs).toISOString().slice(0, 10);
    return byDay.get(day) ?? { day, requests: 0, readings: 0, bytes: 0 };
  });
}

/** The top of the scale: 1, 2 or 5 times a power of ten, at least the most there is. */
export function scaleTop(most: number): number {
  const power = 10 ** Math.floor(Math.log10(Math.max(1, most)));
  return power * [1, 2, 5, 10].find((step) => step * power >= most)!;
}
