/** Going through a list round and round. */
import { nextOf } from './next_of';

describe('nextOf', () => {
  const list = [{ id: 'a' }, { id: 'b' }, { id: 'c' }];
  it('goes on, back, and round both ends', () => {
    expect(nextOf(list, 'a', 1)).toBe('b');
    expect(nextOf(list, 'c', 1)).toBe('a');
    expect(nextOf(list, 'b', -1)).toBe('a');
    expect(nextOf(list, 'a', -1)).toBe('c');
  });
});
