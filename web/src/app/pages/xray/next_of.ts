/** Going through a list round and round. */

/** The id of what lies `step` behind the one with `id`. */
export function nextOf(list: readonly { id: string }[], id: string, step: 1 | -1): string {
  const at = list.findIndex((one) => one.id === id);
  return list[(at + step + list.length) % list.length].id;
}
