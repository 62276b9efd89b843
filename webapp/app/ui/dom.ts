// h makes elements: no text of anybody is ever read as markup.
export type Child = Node | string | undefined | false | null;

type Handlers = { [name in keyof HTMLElementEventMap]?: (e: HTMLElementEventMap[name]) => void };

export interface Props {
  [attribute: string]: string | number | boolean | undefined | Handlers;
  on?: Handlers;
}

export function h<K extends keyof HTMLElementTagNameMap>(tag: K, props: Props = {}, ...children: Child[]): HTMLElementTagNameMap[K] {
  const e = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (name === "on") for (const [event, f] of Object.entries(value as Handlers)) e.addEventListener(event, f as EventListener);
    else if (value === true) e.setAttribute(name, "");
    else if (value !== false && value !== undefined) e.setAttribute(name, String(value));
  }
  e.append(...children.filter((c): c is Node | string => c !== undefined && c !== null && c !== false));
  return e;
}

const svgSpace = "http://www.w3.org/2000/svg";

// svg makes an element of a drawing.
export function svg(tag: string, attributes: Record<string, string>, ...children: Node[]): SVGElement {
  const e = document.createElementNS(svgSpace, tag);
  for (const [name, value] of Object.entries(attributes)) e.setAttribute(name, value);
  e.append(...children);
  return e;
}

// wait resolves after a time in milliseconds.
export const wait = (milliseconds: number): Promise<void> => new Promise((done) => setTimeout(done, milliseconds));
