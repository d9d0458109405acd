/** What a key may do, in words; and how long it lasts. */
import type { ApiKey } from '../../api/types';

export type Scope = ApiKey['scopes'][number];

export const scopes: { scope: Scope; words: string }[] = [
  { scope: 'read', words: $localize`:@@developer.read:See X-rays, images and reports` },
  { scope: 'predict', words: $localize`:@@developer.predict:Have images read without storing them` },
  { scope: 'write', words: $localize`:@@developer.write:Upload, change and delete X-rays` },
];

export const lifetimes: { days: number | null; words: string }[] = [
  { days: 30, words: $localize`:@@developer.days30:30 days` },
  { days: 90, words: $localize`:@@developer.days90:90 days` },
  { days: 365, words: $localize`:@@developer.year:One year` },
  { days: null, words: $localize`:@@developer.noEnd:It does not expire` },
];

/** The moment so many days after `now`, as the API writes it. */
export function expiryAfter(days: number | null, now: Date): string | null {
  if (days === null) return null;
  return new Date(now.getTime() + days * 86_400_000).toISOString();
}
