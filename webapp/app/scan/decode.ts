import jsQR from "../vendor/jsqr/jsQR.js";

// Detector is the browser's own reader of codes, where it has one.
interface Detector {
  detect(source: ImageData): Promise<{ rawValue: string }[]>;
}

// Decoder reads a QR code in a picture; undefined when there is none.
export type Decoder = (picture: ImageData) => Promise<string | undefined>;

// newDecoder takes the browser's reader, and ours where it has none or fails.
export async function newDecoder(): Promise<Decoder> {
  const own = await detector();
  if (!own) return ours;
  return async (picture) => {
    try {
      return (await own.detect(picture))[0]?.rawValue;
    } catch {
      return ours(picture);
    }
  };
}

const ours: Decoder = (p) => Promise.resolve(jsQR(p.data, p.width, p.height, { inversionAttempts: "attemptBoth" })?.data);

async function detector(): Promise<Detector | undefined> {
  const kind = (globalThis as { BarcodeDetector?: { new (o: { formats: string[] }): Detector; getSupportedFormats(): Promise<string[]> } }).BarcodeDetector;
  try {
    return kind && (await kind.getSupportedFormats()).includes("qr_code") ? new kind({ formats: ["qr_code"] }) : undefined;
  } catch {
    return undefined;
  }
}

// longest side of what is decoded, in pixels: enough for codes of this size, quick enough for a phone.
const longest = 1000;

// pixels draws a picture or a frame of a film, not larger than needed.
export function pixels(source: CanvasImageSource, width: number, height: number): ImageData | undefined {
  const scale = Math.min(1, longest / Math.max(width, height));
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [Math.round(width * scale), Math.round(height * scale)];
  const context = canvas.getContext("2d", { willReadFrequently: true });
  if (!context || canvas.width === 0 || canvas.height === 0) return undefined;
  context.fillStyle = "#ffffff"; // behind what is transparent
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.drawImage(source, 0, 0, canvas.width, canvas.height);
  return context.getImageData(0, 0, canvas.width, canvas.height);
}

// readFile looks for a QR code in a picture that was chosen; undefined when there is none.
export async function readFile(file: Blob): Promise<string | undefined> {
  const bitmap = await createImageBitmap(file);
  try {
    const picture = pixels(bitmap, bitmap.width, bitmap.height);
    // The browser's reader may miss what ours finds, and here there is time for both.
    return picture && ((await (await newDecoder())(picture)) || (await ours(picture)));
  } finally {
    bitmap.close();
  }
}
