import type { Browser, Device } from "./report";
import { guarded, hash } from "./stats";

interface Hints {
  deviceMemory?: number;
  userAgentData?: { brands?: { brand: string; version: string }[]; mobile?: boolean; platform?: string };
}

export function device(): Device {
  const hints = navigator as Navigator & Hints;
  return {
    screen: [screen.width, screen.height],
    ratio: Math.round(100 * devicePixelRatio) / 100,
    depth: screen.colorDepth,
    cores: navigator.hardwareConcurrency || 0,
    memory: hints.deviceMemory ?? 0,
    touch: navigator.maxTouchPoints || 0,
    coarse: guarded(() => matchMedia("(pointer: coarse)").matches, false),
    platform: guarded(() => hints.userAgentData?.platform ?? navigator.platform, "").slice(0, 64),
    zone: guarded(() => Intl.DateTimeFormat().resolvedOptions().timeZone, "").slice(0, 64),
    offset: new Date().getTimezoneOffset(),
    graphics: guarded(graphics, ""),
    canvas: guarded(canvas, ""),
  };
}

export function browser(): Browser {
  const hints = navigator as Navigator & Hints;
  return {
    agent: navigator.userAgent.slice(0, 512),
    brands: guarded(() => (hints.userAgentData?.brands ?? []).map((b) => `${b.brand} ${b.version}`.slice(0, 64)).slice(0, 8), []),
    mobile: hints.userAgentData?.mobile ?? false,
    languages: guarded(() => navigator.languages.slice(0, 8).map((l) => l.slice(0, 32)), []),
    cookies: navigator.cookieEnabled,
    storage: guarded(() => localStorage.length >= 0, false),
    window: [outerWidth, outerHeight],
  };
}

// graphics names the graphics card by a hash.
function graphics(): string {
  const gl = document.createElement("canvas").getContext("webgl");
  if (!gl) return "";
  const info = gl.getExtension("WEBGL_debug_renderer_info");
  const name = info ? [info.UNMASKED_VENDOR_WEBGL, info.UNMASKED_RENDERER_WEBGL] : [gl.VENDOR, gl.RENDERER];
  const text = name.map((n) => String(gl.getParameter(n))).join("|");
  gl.getExtension("WEBGL_lose_context")?.loseContext();
  return hash(text);
}

// canvas draws letters and curves, which differ by fonts and graphics driver.
function canvas(): string {
  const c = document.createElement("canvas");
  c.width = 120;
  c.height = 30;
  const g = c.getContext("2d");
  if (!g) return "";
  g.font = "14px Arial";
  g.fillStyle = "#1769aa";
  g.fillText("Æ ß 0O1l 🔑", 2, 18);
  g.strokeStyle = "rgba(200, 40, 90, 0.6)";
  g.arc(80, 15, 12, 0.3, 5);
  g.stroke();
  return hash(c.toDataURL());
}
