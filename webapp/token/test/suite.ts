// Result is what one test came to; detail says what went wrong.
export interface Result {
  name: string;
  detail?: string;
}

// Suite collects tests, which run one after the other.
export class Suite {
  private readonly tests: [string, () => void | Promise<void>][] = [];

  add(name: string, test: () => void | Promise<void>): void {
    this.tests.push([name, test]);
  }

  async run(): Promise<Result[]> {
    const out: Result[] = [];
    for (const [name, test] of this.tests) {
      try {
        await test();
        out.push({ name });
      } catch (e) {
        out.push({ name, detail: e instanceof Error ? `${e.message}\n${e.stack}` : String(e) });
      }
    }
    return out;
  }
}

export function equal(got: unknown, want: unknown): void {
  if (got !== want) throw new Error(`got ${String(got)}, want ${String(want)}`);
}

// fails returns what f throws, which must be of a class.
export async function fails<E>(kind: new (...args: never[]) => E, f: () => unknown): Promise<E> {
  try {
    await f();
  } catch (e) {
    if (e instanceof kind) return e;
    throw new Error(`it threw ${String(e)}, not a ${kind.name}`);
  }
  throw new Error("it did not throw");
}
