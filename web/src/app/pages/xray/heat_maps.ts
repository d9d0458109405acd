/** The heat maps of one reading, each fetched and decoded once. */
import type { FindingResult } from '../../api/types';
import { HeatMap, decodeHeatMap } from '../../viewer/heat_map';
import type { ReadingSource } from './reading';

export class HeatMaps {
  private readonly decoded = new Map<string, Promise<HeatMap>>();

  constructor(private readonly source: ReadingSource) {}

  /** Null where there is none. One that could not be had is asked for again. */
  of(finding: FindingResult): Promise<HeatMap | null> {
    const known = this.decoded.get(finding.id);
    if (known) return known;
    const picture = this.source.heatMap(finding);
    if (!picture) return Promise.resolve(null);
    const map = picture.then(decodeHeatMap);
    this.decoded.set(finding.id, map);
    map.catch(() => this.decoded.delete(finding.id));
    return map;
  }
}
