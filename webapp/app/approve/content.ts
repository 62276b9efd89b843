// Content is what a prompt shows: read from the very text that is signed, so that nothing is
// signed which was not shown.
export interface Content {
  id: string;
  bank: string;
  kind: string;
  at: number;
  lines: [string, string][];
  control: string; // shown on both screens; "" when it is not, or is to be typed
}

// Strange says that a content is not one that this app can show whole. Such a one is never
// signed.
export class Strange extends Error {}

const names = ["v", "id", "bank", "kind", "at", "lines", "control"];

// Characters that hide or reorder what stands beside them: a line must be read as it is.
const deceptive = /[\u0000-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb]/;

// readContent throws Strange.
export function readContent(text: string): Content {
  const c = object(text);
  const unknown = Object.keys(c).filter((name) => !names.includes(name));
  if (c.v !== 1 || unknown.length > 0) throw new Strange("a newer version of the app is needed");
  const at = Date.parse(plain(c.at, "at"));
  if (Number.isNaN(at)) throw new Strange("at is no time");
  const control = c.control === undefined ? "" : plain(c.control, "control");
  return { id: plain(c.id, "id"), bank: plain(c.bank, "bank"), kind: plain(c.kind, "kind"), at, lines: lines(c.lines), control };
}

// object reads a JSON object that names no member twice: of two readers each could take
// another one.
function object(text: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new Strange("no JSON");
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw new Strange("no object");
  for (const name of names) if (topLevel(text, name) > 1) throw new Strange(`${name} stands there twice`);
  return value as Record<string, unknown>;
}

// topLevel counts how often a member is named outside of nested values.
function topLevel(text: string, name: string): number {
  let depth = 0;
  let count = 0;
  for (const [token] of text.matchAll(/"(?:[^"\\]|\\.)*"(\s*:)?|[{}[\]]/g)) {
    if (token === "{" || token === "[") depth++;
    else if (token === "}" || token === "]") depth--;
    else if (depth === 1 && token.endsWith(":") && JSON.parse(token.slice(0, -1).trim()) === name) count++;
  }
  return count;
}

function plain(value: unknown, name: string): string {
  if (typeof value !== "string" || deceptive.test(value)) throw new Strange(`${name} is no plain text`);
  return value;
}

function lines(value: unknown): [string, string][] {
  if (!Array.isArray(value) || value.length === 0) throw new Strange("nothing to show");
  return value.map((line) => {
    if (!Array.isArray(line) || line.length !== 2) throw new Strange("a line has a name and a value");
    return [plain(line[0], "a name"), plain(line[1], "a value")];
  });
}
