import type { Tamper } from "./report";
import { guarded } from "./stats";

// Watch sees what is added to the page after it was loaded, and what of the browser
// was replaced. It can be deceived by whoever runs first; it is a signal, no proof.
export class TamperWatch {
  private scripts = 0;
  private frames = 0;
  private fields = 0;
  private policy = 0;

  start(): void {
    document.addEventListener("securitypolicyviolation", () => this.policy++);
    guarded(() => {
      new MutationObserver((all) => {
        for (const m of all) m.addedNodes.forEach((n) => this.added(n));
      }).observe(document.documentElement, { childList: true, subtree: true });
    }, undefined);
  }

  private added(node: Node): void {
    if (!(node instanceof Element)) return;
    for (const e of [node, ...Array.from(node.querySelectorAll("script,iframe,frame,input"))]) {
      if (e instanceof HTMLScriptElement && foreign(e.src)) this.scripts++;
      else if (e instanceof HTMLIFrameElement && foreign(e.src)) this.frames++;
      else if (e instanceof HTMLInputElement && e.type !== "hidden") this.fields++;
    }
  }

  report(): Tamper {
    return {
      replaced: replaced(),
      scripts: this.scripts,
      frames: this.frames,
      fields: this.fields,
      forms: Array.from(document.forms).filter((f) => foreign(f.action)).length,
      policy: this.policy,
      framed: guarded(() => self !== top, true),
    };
  }
}

// foreign says that an address leads to another origin than the page's.
function foreign(address: string): boolean {
  return address !== "" && guarded(() => new URL(address, location.href).origin !== location.origin, true);
}

// replaced names the functions that are not the browser's own.
function replaced(): string[] {
  const watched: Record<string, unknown> = {
    fetch: self.fetch,
    beacon: navigator.sendBeacon,
    "xhr.open": XMLHttpRequest.prototype.open,
    "xhr.send": XMLHttpRequest.prototype.send,
    submit: HTMLFormElement.prototype.submit,
    listen: EventTarget.prototype.addEventListener,
    query: Document.prototype.querySelector,
    value: Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, "value")?.get,
    text: Function.prototype.toString,
  };
  return Object.keys(watched).filter((name) => !native(watched[name]));
}

function native(f: unknown): boolean {
  return typeof f === "function" && guarded(() => /\{\s*\[native code\]\s*\}$/.test(Function.prototype.toString.call(f)), false);
}
