import type { Times } from "./report";
import { guarded } from "./stats";

// TimeWatch measures when things happened on the page.
export class TimeWatch {
  private first = 0;
  private blurs = 0;
  private hidden = 0;
  private since = 0;

  start(): void {
    const on = { capture: true, passive: true };
    for (const kind of ["keydown", "pointerdown", "touchstart"]) {
      document.addEventListener(kind, (e) => (this.first = this.first || e.timeStamp), on);
    }
    addEventListener("blur", () => this.blurs++);
    document.addEventListener("visibilitychange", () => {
      if (document.hidden) this.since = performance.now();
      else if (this.since > 0) {
        this.hidden += performance.now() - this.since;
        this.since = 0;
      }
    });
  }

  report(): Times {
    const load = guarded(() => performance.getEntriesByType("navigation")[0] as PerformanceNavigationTiming | undefined, undefined);
    const away = this.since > 0 ? performance.now() - this.since : 0;
    return {
      ready: Math.round(load?.domInteractive ?? 0),
      first: Math.round(this.first),
      sent: Math.round(performance.now()),
      hidden: Math.round(this.hidden + away),
      blurs: this.blurs,
      trip: trip(),
    };
  }
}

// trip is the shortest time between a request for something of this page and the first
// byte of the answer, in ms: nearly the time of a message there and back.
function trip(): number {
  const times = guarded(() => [...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")] as PerformanceResourceTiming[], [])
    .filter((e) => e.requestStart > 0 && e.responseStart > e.requestStart)
    .map((e) => e.responseStart - e.requestStart);
  return times.length === 0 ? 0 : Math.max(1, Math.round(Math.min(...times)));
}
