import type { Page } from '../api/types';
import { PagedList } from './paged_list';

type Item = { id: number; name?: string };
const items = (...ids: number[]): Item[] => ids.map((id) => ({ id }));
const ids = (list: PagedList<Item>) => list.items().map(({ id }) => id);

/** A list whose pages the test answers itself. */
function makeList() {
  const asked: { cursor?: string; answer: (page: Page<Item>) => void; fail: (error: unknown) => void }[] = [];
  const list = new PagedList<Item>(
    (cursor) => new Promise((answer, fail) => asked.push({ cursor, answer, fail })), ({ id }) => id);
  return { list, asked };
}

describe('PagedList', () => {
  it('goes on from the cursor until the last page', async () => {
    const { list, asked } = makeList();
    let done = list.reload();
    asked[0].answer({ items: items(1, 2), next: 'a' });
    await done;
    expect(list.complete()).toBe(false);
    done = list.more();
    expect(asked[1].cursor).toBe('a');
    asked[1].answer({ items: items(3), next: null });
    await done;
    expect(ids(list)).toEqual([1, 2, 3]);
    expect(list.complete()).toBe(true);
    await list.more();
    expect(asked.length).toBe(2);
  });

  it('asks for a page once, and shows nothing twice', async () => {
    const { list, asked } = makeList();
    let done = list.reload();
    void list.more();
    expect(asked.length).toBe(1);
    asked[0].answer({ items: items(1, 2), next: 'a' });
    await done;
    done = list.more();
    asked[1].answer({ items: items(2, 3), next: null });
    await done;
    expect(ids(list)).toEqual([1, 2, 3]);
  });

  it('ignores the answer to a search that another has replaced', async () => {
    const { list, asked } = makeList();
    const first = list.reload();
    const second = list.reload();
    asked[1].answer({ items: items(7), next: null });
    await second;
    asked[0].answer({ items: items(1), next: 'late' });
    await first;
    expect(ids(list)).toEqual([7]);
    expect(list.complete()).toBe(true);
    expect(list.loading()).toBe(false);
  });

  it('keeps what it has when a page fails, and can try again', async () => {
    const { list, asked } = makeList();
    let done = list.reload();
    asked[0].answer({ items: items(1), next: 'a' });
    await done;
    done = list.more();
    asked[1].fail('broken');
    await done;
    expect(ids(list)).toEqual([1]);
    expect(list.error()).toBe('broken');
    done = list.more();
    expect(asked[2].cursor).toBe('a');
    asked[2].answer({ items: items(2), next: null });
    await done;
    expect(list.error()).toBe(null);
    expect(ids(list)).toEqual([1, 2]);
  });

  it('is empty only when the server has said so', async () => {
    const { list, asked } = makeList();
    expect(list.empty()).toBe(false);
    const done = list.reload();
    asked[0].answer({ items: [], next: null });
    await done;
    expect(list.empty()).toBe(true);
  });

  it('takes single items out and puts changed ones in place', async () => {
    const { list, asked } = makeList();
    const done = list.reload();
    asked[0].answer({ items: items(1, 2, 3), next: null });
    await done;
    list.remove(2);
    list.replace({ id: 3, name: 'changed' });
    expect(list.items()).toEqual([{ id: 1 }, { id: 3, name: 'changed' }]);
  });
});
