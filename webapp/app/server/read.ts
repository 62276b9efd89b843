import { Unreadable } from "./fault";

// Members reads an object of JSON. Members that are not asked for are passed over, so that
// a server can say more than an app knows; missing ones are Unreadable.
export class Members {
  private readonly of: Record<string, unknown>;

  constructor(value: unknown) {
    if (typeof value !== "object" || value === null || Array.isArray(value)) throw new Unreadable("an object was expected");
    this.of = value as Record<string, unknown>;
  }

  text(name: string): string {
    return this.typed(name, "string") as string;
  }

  // maybe is "" for what is missing.
  maybe(name: string): string {
    return this.empty(name) ? "" : this.text(name);
  }

  number(name: string): number {
    const n = this.typed(name, "number") as number;
    if (!Number.isFinite(n)) throw new Unreadable(`${name} is no number`);
    return n;
  }

  flag(name: string): boolean {
    return this.empty(name) ? false : (this.typed(name, "boolean") as boolean);
  }

  // time is in milliseconds since 1970.
  time(name: string): number {
    const at = Date.parse(this.text(name));
    if (Number.isNaN(at)) throw new Unreadable(`${name} is no time`);
    return at;
  }

  maybeTime(name: string): number | undefined {
    return this.maybe(name) === "" ? undefined : this.time(name);
  }

  object<T>(name: string, read: (m: Members) => T): T {
    return read(new Members(this.of[name]));
  }

  maybeObject<T>(name: string, read: (m: Members) => T): T | undefined {
    return this.empty(name) ? undefined : this.object(name, read);
  }

  list<T>(name: string, read: (m: Members) => T): T[] {
    const value = this.of[name];
    if (value === null) return []; // an empty list of some servers
    if (!Array.isArray(value)) throw new Unreadable(`${name} is no list`);
    return value.map((v) => read(new Members(v)));
  }

  raw(name: string): unknown {
    return this.of[name];
  }

  all(): Record<string, unknown> {
    return this.of;
  }

  private empty(name: string): boolean {
    return this.of[name] === undefined || this.of[name] === null;
  }

  private typed(name: string, type: "string" | "number" | "boolean"): unknown {
    const value = this.of[name];
    if (typeof value !== type) throw new Unreadable(`${name} is missing or no ${type}`);
    return value;
  }
}
