/** What a viewer shows of a reading: the image, and the heat map and box of the finding that is chosen. */
import { Signal, computed, resource } from '@angular/core';
import type { FindingResult } from '../../api/types';
import { FindingPipe } from '../../shared/findings';
import type { ReadingSource } from './reading';
import { HeatMaps } from './heat_maps';

/** In an injection context. Pictures are fetched when they are first wanted. */
export function picturesOf(source: Signal<ReadingSource | null>, finding: Signal<FindingResult | null>) {
  const heatMaps = computed(() => {
    const of = source();
    return of && new HeatMaps(of);
  });
  const image = resource({ params: () => source() ?? undefined, loader: ({ params }) => params.image() });
  const heat = resource({
    params: () => {
      const [maps, of] = [heatMaps(), finding()];
      return maps && of ? { maps, of } : undefined;
    },
    loader: ({ params: { maps, of } }) => maps.of(of),
  });
  const heatMap = computed(() => (heat.hasValue() ? heat.value() : null));
  return {
    image: computed(() => (image.hasValue() ? image.value() : null)),
    imageError: image.error,
    reloadImage: () => image.reload(),
    heat: heatMap,
    heatError: heat.error,
    reloadHeat: () => heat.reload(),
    /** Do the networks allow heat maps? Then each finding has a box, if only an empty one. */
    hasHeatMaps: computed(() => source()?.reading.findings.some(({ box }) => box !== undefined) ?? false),
    region: computed(() => {
      const [reading, box] = [source()?.reading, finding()?.box];
      return reading && box ? { box, width: reading.width, height: reading.height } : null;
    }),
    findingName: computed(() => {
      const of = finding();
      return of && new FindingPipe().transform(of);
    }),
  };
}
