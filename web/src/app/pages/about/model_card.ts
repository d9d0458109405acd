/** What an ensemble's model card tells. Anything may stand in it: only what has the form that is known is taken. */

export interface Auc {
  value: number;
  /** 95 % interval; null where the card has none. */
  interval: [number, number] | null;
}

/** A part of the card in words: its key, and one text or several. */
export interface CardPart {
  key: string;
  texts: string[];
}

export interface ModelCard {
  auc: ReadonlyMap<string, Auc>;
  parts: CardPart[];
}

type Card = Record<string, unknown>;

const isObject = (value: unknown): value is Card => typeof value === 'object' && value !== null && !Array.isArray(value);
const isShare = (value: unknown): value is number => typeof value === 'number' && value >= 0 && value <= 1;

function aucOf(entry: unknown): Auc | null {
  if (isShare(entry)) return { value: entry, interval: null };
  if (!isObject(entry) || !isShare(entry['value'])) return null;
  const ends = entry['ci95'];
  const isInterval = Array.isArray(ends) && ends.length === 2 && ends.every(isShare);
  return { value: entry['value'], interval: isInterval ? [ends[0], ends[1]] : null };
}

/** A value of the card as lines of text: `name: value` for what is inside an object. */
function textsOf(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(textsOf);
  if (isObject(value)) {
    return Object.entries(value).flatMap(([key, inner]) => textsOf(inner).map((text) => `${readable(key)}: ${text}`));
  }
  return value === null || value === '' ? [] : [String(value)];
}

/** `training_data` is “Training data”. */
export function readable(key: string): string {
  const words = key.replaceAll('_', ' ').trim();
  return words.charAt(0).toUpperCase() + words.slice(1);
}

export function readCard(card: Card | null): ModelCard {
  const { auc, ...others } = card ?? {};
  // What `perxeptron calibrate` measured is a table for programs; thresholds and calibration are shown anyway.
  const rest = Object.entries(others).filter(([key]) => key !== 'site_calibration');
  const found = Object.entries(isObject(auc) ? auc : {}).map(([finding, entry]) => [finding, aucOf(entry)] as const);
  return {
    auc: new Map(found.filter((entry): entry is [string, Auc] => entry[1] !== null)),
    parts: rest.map(([key, value]) => ({ key, texts: textsOf(value) })).filter(({ texts }) => texts.length > 0),
  };
}
