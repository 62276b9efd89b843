import type { Pointer, Typing } from "./report";
import { classOf, Running } from "./stats";

// longest is the longest time between two keys that is still typing, ms.
const longest = 2000;

// TypingWatch measures the rhythm of keys. Which key it was is known only while it
// is down, to find its end, and never leaves this object.
export class TypingWatch {
  private readonly down = new Map<string, number>();
  private readonly dwell = new Running();
  private readonly flight = new Running();
  private readonly entered = new WeakSet<EventTarget>();
  private released = 0;
  private count = 0;
  private pastes = 0;
  private untrusted = 0;

  start(): void {
    const on = { capture: true, passive: true };
    document.addEventListener("keydown", (e) => this.pressed(e), on);
    document.addEventListener("keyup", (e) => this.left(e), on);
    document.addEventListener("paste", () => this.pastes++, on);
    document.addEventListener("input", (e) => this.changed(e), on);
  }

  private pressed(e: KeyboardEvent): void {
    if (!e.isTrusted) this.untrusted++;
    if (e.repeat) return;
    this.count++;
    this.down.set(e.code, e.timeStamp);
    const gap = e.timeStamp - this.released;
    if (this.released > 0 && gap < longest) this.flight.add(gap);
  }

  private left(e: KeyboardEvent): void {
    const since = this.down.get(e.code);
    this.down.delete(e.code);
    this.released = e.timeStamp;
    if (since !== undefined && e.timeStamp - since < longest) this.dwell.add(e.timeStamp - since);
  }

  private changed(e: Event): void {
    if (!e.isTrusted) this.untrusted++;
    else if (e.target) this.entered.add(e.target);
  }

  report(): Typing {
    const fields = Array.from(document.querySelectorAll<HTMLInputElement>("input:not([type=hidden]):not([type=checkbox]):not([type=radio]):not([type=submit])"));
    const filled = fields.filter(autofilled);
    const silent = fields.filter((f) => f.value !== f.defaultValue && !this.entered.has(f) && !filled.includes(f));
    return {
      count: classOf(this.count),
      dwell: this.dwell.spread(),
      flight: this.flight.spread(),
      pastes: this.pastes,
      filled: filled.length,
      untrusted: this.untrusted,
      silent: silent.length,
    };
  }
}

function autofilled(field: HTMLInputElement): boolean {
  for (const selector of [":autofill", ":-webkit-autofill"]) {
    try {
      if (field.matches(selector)) return true;
    } catch {
      // This browser does not know the selector.
    }
  }
  return false;
}

// PointerWatch measures how the pointer moves, in pieces between two rests.
export class PointerWatch {
  private readonly speed = new Running();
  private readonly kinds = new Set<string>();
  private last: PointerEvent | undefined;
  private begin: PointerEvent | undefined;
  private way = 0;
  private direct = 0;
  private piece = 0;
  private moves = 0;
  private clicks = 0;
  private scrolls = 0;

  start(): void {
    const on = { capture: true, passive: true };
    document.addEventListener("pointermove", (e) => this.moved(e), on);
    document.addEventListener("pointerdown", (e) => this.kinds.add(e.pointerType), on);
    document.addEventListener("click", () => this.clicks++, on);
    document.addEventListener("scroll", () => this.scrolls++, on);
  }

  private moved(e: PointerEvent): void {
    this.moves++;
    this.kinds.add(e.pointerType);
    const before = this.last;
    this.last = e;
    const gap = before ? e.timeStamp - before.timeStamp : Infinity;
    if (!before || gap > 300) {
      this.endPiece(before);
      this.begin = e;
      return;
    }
    const step = Math.hypot(e.clientX - before.clientX, e.clientY - before.clientY);
    this.piece += step;
    if (gap > 0) this.speed.add((1000 * step) / gap);
  }

  // endPiece adds the piece of way that ended with e.
  private endPiece(e: PointerEvent | undefined): void {
    if (e && this.begin && this.piece > 0) {
      this.way += this.piece;
      this.direct += Math.hypot(e.clientX - this.begin.clientX, e.clientY - this.begin.clientY);
    }
    this.piece = 0;
  }

  report(): Pointer {
    this.endPiece(this.last);
    this.begin = this.last;
    return {
      moves: classOf(this.moves),
      clicks: classOf(this.clicks),
      speed: this.speed.spread(),
      straight: this.way > 0 ? Math.round((100 * this.direct) / this.way) / 100 : 0,
      scrolls: classOf(this.scrolls),
      kinds: [...this.kinds].filter((k) => k !== "").sort(),
    };
  }
}
