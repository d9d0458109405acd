import type { Page, XRay, XRaySearch } from '../../api/types';
import { noFilters } from './filters';
import { XrayList } from './xray_list';

const xrays = (...ids: number[]) => ids.map((id) => ({ id }) as XRay);
const shownIds = (list: XrayList) => list.shown().map(({ id }) => id);

function makeList(pages: Page<XRay>[]) {
  const searches: XRaySearch[] = [];
  const list = new XrayList((search) => {
    searches.push(search);
    return Promise.resolve(pages[searches.length - 1]);
  });
  return { list, searches };
}

describe('XrayList', () => {
  it('searches by its filters on every page', async () => {
    const { list, searches } = makeList([{ items: xrays(1), next: 'a' }, { items: xrays(2), next: null }]);
    await list.searchBy({ ...noFilters, text: 'P-7' });
    await list.pages.more();
    expect(searches).toEqual([
      { text: 'P-7', sort: 'newest', cursor: undefined }, { text: 'P-7', sort: 'newest', cursor: 'a' },
    ]);
    expect(shownIds(list)).toEqual([1, 2]);
  });

  it('takes away what is being deleted and puts it back where it was', async () => {
    const { list } = makeList([{ items: xrays(1, 2, 3), next: null }]);
    await list.searchBy(noFilters);
    list.hide(2);
    expect(shownIds(list)).toEqual([1, 3]);
    list.restore([2]);
    expect(shownIds(list)).toEqual([1, 2, 3]);
  });

  it('does not show again what is being deleted when another search finds it', async () => {
    const { list } = makeList([{ items: xrays(1, 2), next: null }, { items: xrays(2), next: null }]);
    await list.searchBy(noFilters);
    list.hide(2);
    await list.searchBy({ ...noFilters, sort: 'oldest' });
    expect(shownIds(list)).toEqual([]);
    expect(list.empty()).toBe(true);
  });

  it('lets two be chosen, in order, and forgets those out of sight', async () => {
    const { list } = makeList([{ items: xrays(1, 2, 3), next: null }]);
    await list.searchBy(noFilters);
    for (const id of [3, 1, 2]) list.toggleChosen(id);
    expect(list.chosen()).toEqual([3, 1]);
    expect(list.canChoose()).toBe(false);
    list.hide(3);
    expect(list.chosen()).toEqual([1]);
    list.toggleChosen(2);
    list.toggleChosen(1);
    expect(list.chosen()).toEqual([2]);
    list.chooseNone();
    expect(list.chosen()).toEqual([]);
  });
});
