import { svg } from "./dom";

const radius = 15;
const around = 2 * Math.PI * radius;

export interface Ring {
  element: SVGElement;
  set(part: number): void; // of the time that is left, 0 to 1
}

// ring draws how much time is left. Beside it stands the same in words: it is for the eye.
export function ring(): Ring {
  const base = { cx: "18", cy: "18", r: String(radius), fill: "none", "stroke-width": "4" };
  const left = svg("circle", { ...base, class: "ring-left", "stroke-linecap": "round", "stroke-dasharray": String(around), transform: "rotate(-90 18 18)" });
  const element = svg("svg", { viewBox: "0 0 36 36", class: "ring", "aria-hidden": "true", focusable: "false" }, svg("circle", { ...base, class: "ring-all" }), left);
  const set = (part: number): void => {
    const p = Math.min(1, Math.max(0, part));
    left.setAttribute("stroke-dashoffset", String(around * (1 - p)));
    element.classList.toggle("late", p < 0.2);
  };
  set(1);
  return { element, set };
}
