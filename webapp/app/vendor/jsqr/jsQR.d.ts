// The part of jsQR's interface that is used; its own declarations name files that are not here.
interface Options {
  inversionAttempts?: "dontInvert" | "onlyInvert" | "attemptBoth" | "invertFirst";
}
declare function jsQR(data: Uint8ClampedArray, width: number, height: number, options?: Options): { data: string } | null;
export default jsQR;
