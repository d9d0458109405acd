import { readCard, readable } from './model_card';

describe('readCard', () => {
  it('finds AUC with and without an interval', () => {
    const { auc } = readCard({
      auc: { edema: { value: 0.9, ci95: [0.85, 0.94] }, consolidation: { value: 0.8 }, atelectasis: 0.7 },
    });
    expect(auc.get('edema')).toEqual({ value: 0.9, interval: [0.85, 0.94] });
    expect(auc.get('consolidation')).toEqual({ value: 0.8, interval: null });
    expect(auc.get('atelectasis')).toEqual({ value: 0.7, interval: null });
  });

  it('leaves out what is no AUC', () => {
    const { auc } = readCard({ auc: { a: { value: 90 }, b: 'high', c: null, d: { value: 0.8, ci95: [0.7] } } });
    expect([...auc.keys()]).toEqual(['d']);
    expect(auc.get('d')?.interval).toBeNull();
    expect(readCard({ auc: [0.9] }).auc.size).toBe(0);
  });

  it('puts the rest into words, also lists and objects, but for what is a table', () => {
    expect(readCard({
      training_data: 'CheXpert', limits: ['Adults.', 'Frontal.'], images: { train: 10, valid: 2 }, empty: '', none: null,
      site_calibration: { images: 3 },
    }).parts).toEqual([
      { key: 'training_data', texts: ['CheXpert'] },
      { key: 'limits', texts: ['Adults.', 'Frontal.'] },
      { key: 'images', texts: ['Train: 10', 'Valid: 2'] },
    ]);
  });

  it('is empty for an ensemble without a card', () => {
    expect(readCard(null)).toEqual({ auc: new Map(), parts: [] });
  });
});

describe('readable', () => {
  it('makes words of a key', () => expect(readable('intended_use')).toBe('Intended use'));
});
