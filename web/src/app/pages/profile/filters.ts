/** What the list of X-rays is searched by. */
import type { XRay, XRaySearch } from '../../api/types';

export interface Filters {
  text: string;
  /** A finding's id; empty: any. */
  finding: string;
  /** Days of the calendar here, YYYY-MM-DD, both included; empty: any. */
  from: string;
  to: string;
  status: XRay['status'] | '';
  sort: NonNullable<XRaySearch['sort']>;
}

export const noFilters: Filters = { text: '', finding: '', from: '', to: '', status: '', sort: 'newest' };

/** The start of a day here as a moment; a day that the calendar does not have is none. */
function startOf(day: string, daysLater = 0): string | undefined {
  const [year, month, date] = day.split('-').map(Number);
  const start = new Date(year, month - 1, date + daysLater);
  return Number.isNaN(start.getTime()) ? undefined : start.toISOString();
}

export function searchOf({ text, finding, from, to, status, sort }: Filters): XRaySearch {
  const search: XRaySearch = {
    text: text.trim() || undefined,
    finding: finding || undefined,
    since: from ? startOf(from) : undefined,
    until: to ? startOf(to, 1) : undefined,
    status: status || undefined,
    // By score goes only with the finding whose score it is.
    sort: sort === 'score' && !finding ? 'newest' : sort,
  };
  return Object.fromEntries(Object.entries(search).filter(([, value]) => value !== undefined));
}

/** How many filters are set besides the text, which is always in sight. */
export function countFilters({ finding, from, to, status }: Filters): number {
  return [finding, from, to, status].filter(Boolean).length;
}

export const isFiltered = (filters: Filters) => filters.text.trim() !== '' || countFilters(filters) > 0;

/** Filters out of the browser's history, which may hold anything. */
export function filtersFrom(state: unknown): Filters {
  const kept = (state as { filters?: Partial<Filters> } | null)?.filters;
  return kept && typeof kept === 'object' ? { ...noFilters, ...kept } : noFilters;
}
