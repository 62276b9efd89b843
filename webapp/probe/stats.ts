import type { Spread } from "./report";

// Running is a mean and a variance that are kept without the values (Welford).
export class Running {
  n = 0;
  private mean = 0;
  private squares = 0;

  add(x: number): void {
    if (!Number.isFinite(x)) return;
    this.n++;
    const before = x - this.mean;
    this.mean += before / this.n;
    this.squares += before * (x - this.mean);
  }

  spread(): Spread {
    const sd = this.n > 1 ? Math.sqrt(this.squares / (this.n - 1)) : 0;
    return { mean: Math.round(this.mean), sd: Math.round(sd) };
  }
}

// classOf hides a small number: 0, 1, 3, 7, 15 … at most.
export function classOf(n: number): number {
  let c = 0;
  while (c < n && c < 1023) c = 2 * c + 1;
  return c > n ? (c - 1) / 2 : c;
}

// hash is FNV-1a of 32 bits, twice with different starts: it tells two values
// apart and is no secret; the server keeps it keyed.
export function hash(text: string): string {
  let out = "";
  for (const start of [0x811c9dc5, 0x01000193]) {
    let h = start;
    for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
    out += (h >>> 0).toString(16).padStart(8, "0");
  }
  return out;
}

// guarded returns what f returns, or otherwise when the browser does not allow it.
export function guarded<T>(f: () => T, otherwise: T): T {
  try {
    return f() ?? otherwise;
  } catch {
    return otherwise;
  }
}
