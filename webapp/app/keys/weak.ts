import type { Octets } from "../../token/octets";

// Weakness is why a PIN is easily guessed by somebody who may try a few times.
export type Weakness = "same" | "row" | "pattern" | "year" | "common";

// common are PINs that surveys of leaked ones find among the first, and that no rule below
// covers.
const common = new Set(["1004", "2580", "0852", "1357", "2468", "5683", "4711", "0815", "6969", "159753", "147258", "147852", "123321", "112233", "121314", "007007", "131313", "520131", "159357", "258456", "789456", "456123"]);

// weakness judges a PIN of ASCII digits; undefined: nothing against it.
export function weakness(pin: Octets): Weakness | undefined {
  const d = Array.from(pin, (c) => c - 48);
  if (d.every((x) => x === d[0])) return "same";
  if (stepped(d, 1) || stepped(d, -1)) return "row";
  if (repeats(d) || mirrored(d)) return "pattern";
  if (year(d)) return "year";
  return common.has(d.join("")) ? "common" : undefined;
}

const stepped = (d: number[], by: number): boolean => d.every((x, i) => i === 0 || x === ((d[i - 1] as number) + by + 10) % 10);

// repeats: 1212, 123123.
const repeats = (d: number[]): boolean => [2, 3].some((n) => d.length % n === 0 && d.length > n && d.every((x, i) => x === d[i % n]));

// mirrored: 1221, 123321; and pairs: 1122, 112233.
function mirrored(d: number[]): boolean {
  const back = d.every((x, i) => x === d[d.length - 1 - i]);
  const pairs = d.length % 2 === 0 && d.every((x, i) => i % 2 === 0 || x === d[i - 1]);
  return back || pairs;
}

// year: four digits from 1930 to 2039, or six or eight that end in one or are a date.
function year(d: number[]): boolean {
  const tail = +d.slice(-4).join("");
  if (tail >= 1930 && tail <= 2039) return true;
  const [a, b] = [+d.slice(0, 2).join(""), +d.slice(2, 4).join("")];
  return d.length === 6 && ((a >= 1 && a <= 31 && b >= 1 && b <= 12) || (b >= 1 && b <= 31 && a >= 1 && a <= 12));
}
