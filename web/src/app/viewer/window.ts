/** The window: which grey values are shown from black to white. */

/** Grey values from 0 to 255: how many of them are spread out, and the one in their middle. */
export interface GreyWindow {
  width: number;
  level: number;
}

export const wholeRange: GreyWindow = { width: 256, level: 128 };
export const widths = { least: 2, most: 512 };
export const levels = { least: 0, most: 255 };

/**
 * Slope and intercept of what a grey value from 0 to 1 is shown as; values beyond 0 and 1 are cut
 * off by who applies them. DICOM PS3.3 C.11.2.1.2.1, the linear function.
 */
export function transferOf({ width, level }: GreyWindow, inverted: boolean): { slope: number; intercept: number } {
  const slope = 255 / (width - 1);
  const intercept = 0.5 - (level - 0.5) / (width - 1);
  return inverted ? { slope: -slope, intercept: 1 - intercept } : { slope, intercept };
}

/** What is left of a window when it is kept within the bounds; whole numbers, as they are told. */
export function boundWindow({ width, level }: GreyWindow): GreyWindow {
  const bound = (value: number, { least, most }: { least: number; most: number }) =>
    Math.min(most, Math.max(least, Math.round(value)));
  return { width: bound(width, widths), level: bound(level, levels) };
}

/** A window after a drag: to the right is wider, down is a higher level, which is darker. */
export function dragWindow({ width, level }: GreyWindow, right: number, down: number): GreyWindow {
  return boundWindow({ width: width + right, level: level + down });
}
