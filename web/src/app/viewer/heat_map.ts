/** Heat maps: from the grey picture that the server makes to colours that let the radiograph through. */
import { ColourTable } from './colour_maps';

/** Evidence from 0 to 255, row by row. */
export interface HeatMap {
  width: number;
  height: number;
  evidence: Uint8ClampedArray;
}

/** Red, green, blue, alpha: where there is no evidence, nothing is seen. */
export function paint(evidence: Uint8ClampedArray, colours: ColourTable): Uint8ClampedArray<ArrayBuffer> {
  const painted = new Uint8ClampedArray(4 * evidence.length);
  evidence.forEach((level, i) => {
    painted.set(colours.subarray(3 * level, 3 * level + 3), 4 * i);
    painted[4 * i + 3] = level;
  });
  return painted;
}

export async function decodeHeatMap(picture: Blob): Promise<HeatMap> {
  const bitmap = await createImageBitmap(picture);
  const { width, height } = bitmap;
  const context = new OffscreenCanvas(width, height).getContext('2d', { willReadFrequently: true })!;
  context.drawImage(bitmap, 0, 0);
  bitmap.close();
  const pixels = context.getImageData(0, 0, width, height).data;
  return { width, height, evidence: Uint8ClampedArray.from({ length: width * height }, (_, i) => pixels[4 * i]) };
}

export function drawHeatMap(canvas: HTMLCanvasElement | OffscreenCanvas, map: HeatMap, colours: ColourTable): void {
  canvas.width = map.width;
  canvas.height = map.height;
  const context = canvas.getContext('2d') as CanvasRenderingContext2D | OffscreenCanvasRenderingContext2D;
  context.putImageData(new ImageData(paint(map.evidence, colours), map.width, map.height), 0, 0);
}

/** A radiograph with a heat map over it, in the radiograph's size, as a PNG. */
export async function drawOver(image: Blob, map: HeatMap, colours: ColourTable, opacity: number): Promise<Blob> {
  const bitmap = await createImageBitmap(image);
  const heat = new OffscreenCanvas(map.width, map.height);
  drawHeatMap(heat, map, colours);
  const whole = new OffscreenCanvas(bitmap.width, bitmap.height);
  const context = whole.getContext('2d')!;
  context.drawImage(bitmap, 0, 0);
  context.globalAlpha = opacity;
  context.imageSmoothingQuality = 'high';
  context.drawImage(heat, 0, 0, bitmap.width, bitmap.height);
  bitmap.close();
  return whole.convertToBlob({ type: 'image/png' });
}

/** The bytes of a `data:` URL in base64. The page's policy lets nobody fetch one. */
export function blobOf(dataUrl: string): Blob {
  const [head, body] = dataUrl.split(',', 2);
  const bytes = Uint8Array.from(atob(body), (character) => character.charCodeAt(0));
  return new Blob([bytes], { type: head.slice('data:'.length).split(';')[0] });
}
