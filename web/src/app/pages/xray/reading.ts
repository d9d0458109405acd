/** A reading with what belongs to it, from where it is: the server's store, or this browser's memory. */
import type { Api } from '../../api/api';
import type { FindingResult, Prediction, XRay, XRayFinding } from '../../api/types';
import { blobOf } from '../../viewer/heat_map';

/** What all readings tell. */
export interface Reading {
  findings: readonly FindingResult[];
  width: number;
  height: number;
  sha256: string;
  ensemble: Prediction['ensemble'] | null;
  notice: string | null;
}

export interface ReadingSource {
  reading: Reading;
  image(): Promise<Blob>;
  /** The grey picture of where the evidence lies; null where the networks allow none. */
  heatMap(finding: FindingResult): Promise<Blob> | null;
  /** A PDF, of those that are stored. */
  report: (() => Promise<Blob>) | null;
  /** For programs: the answer of the API, without what opens or repeats the pictures. */
  record: unknown;
  /** What downloads are called. No title: it may name a patient. */
  fileName: string;
}

export function storedReading(api: Api, xray: XRay): ReadingSource {
  const { links: { image, report }, findings, capability: _, ...facts } = xray;
  return {
    reading: xray,
    image: () => api.file(image),
    heatMap: (finding) => {
      const { heatmap } = (finding as XRayFinding).links;
      return heatmap === null ? null : api.file(withQuery(heatmap, 'layer', 'map'));
    },
    report: report === null ? null : () => api.file(report),
    record: { ...facts, findings: findings.map(({ links, ...finding }) => finding) },
    fileName: `xray-${xray.id}`,
  };
}

export function unstoredReading(file: Blob, prediction: Prediction): ReadingSource {
  type Predicted = Prediction['findings'][number];
  return {
    reading: prediction,
    image: () => Promise.resolve(file),
    heatMap: (finding) => {
      const { heatmap } = finding as Predicted;
      return heatmap === undefined ? null : Promise.resolve(blobOf(heatmap));
    },
    report: null,
    record: { ...prediction, findings: prediction.findings.map(({ heatmap, ...finding }) => finding) },
    fileName: `reading-${prediction.sha256.slice(0, 8)}`,
  };
}

/** A link of the API's with one more parameter; it may hold a capability already. */
export function withQuery(link: string, name: string, value: string): string {
  return `${link}${link.includes('?') ? '&' : '?'}${name}=${encodeURIComponent(value)}`;
}
