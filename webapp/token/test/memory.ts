import type { KeyRef, Run, Storage, TokenKey } from "../storage";

// Memory is a storage that forgets with the page.
export class Memory implements Storage {
  readonly keys = new Map<string, TokenKey>();
  kept: Run | undefined;

  find(ref: KeyRef): Promise<TokenKey | undefined> {
    return Promise.resolve(this.keys.get(name(ref)));
  }

  commit(key: TokenKey, replaces: KeyRef | undefined): Promise<void> {
    if (replaces) this.keys.delete(name(replaces));
    this.keys.set(name(key), key);
    this.kept = undefined;
    return Promise.resolve();
  }

  keepRun(run: Run): Promise<void> {
    this.kept = structuredClone(run);
    return Promise.resolve();
  }

  run(): Promise<Run | undefined> {
    return Promise.resolve(this.kept);
  }

  dropRun(): Promise<void> {
    this.kept = undefined;
    return Promise.resolve();
  }
}

const name = (ref: KeyRef): string => `${ref.url}\n${ref.id}`;
