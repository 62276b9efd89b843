// What rests on this device: one database for each application, of named values. Pages and
// the service worker share it; a transaction is the only way to change two values at once.

// Values are all that is kept, by name.
export interface Values {
  token: Kept; // the token in use
  pending: Kept; // a token that the server has not confirmed yet
  application: Application; // as the server described it last
  clock: number; // milliseconds that the server is ahead of this device
  language: string; // that was chosen here
  biometry: Biometry; // the token's key under an authenticator of this device
  notifications: boolean; // that the owner wants
}

export type Name = keyof Values;

// Kept is a token as it rests: its key under the PIN, the device's key as the browser keeps it.
export interface Kept {
  keyID: string;
  url: string; // of provisioning
  tokenID?: string; // once it is confirmed
  serial: string;
  name: string;
  profile: import("../../token").Profile;
  counter: bigint; // next one, of an event-based key
  sent: number; // the last time step whose code the app has sent; -1: none
  shown: number; // the last one whose code it has shown
  sealed: import("./vault").Sealed;
  device: CryptoKeyPair; // P-256; the private half cannot be exported
}

// Application is what the app needs of the server when there is no network.
export interface Application {
  name: string;
  bank: string;
  pin: { min: number; max: number };
  dskppURL: string;
  download: string;
  pushKey: string; // "" when the server sends no messages
  pictureKeys: JsonWebKey[];
  numberMatching: boolean;
  signSuite: string;
}

// Biometry is the token's key under the output of an authenticator's PRF (WebAuthn).
export interface Biometry {
  keyID: string; // of the token that it is
  credential: Uint8Array<ArrayBuffer>;
  salt: Uint8Array<ArrayBuffer>;
  iv: Uint8Array<ArrayBuffer>;
  sealed: Uint8Array<ArrayBuffer>;
}

// Store is the database of one application.
export class Store {
  private constructor(private readonly db: IDBDatabase) {}

  static open(application: string): Promise<Store> {
    const request = indexedDB.open(`countersign-${application}`, 1);
    request.onupgradeneeded = () => void request.result.createObjectStore("values");
    return done(request).then((db) => {
      // A later version of the app may change the database while this page is open.
      db.onversionchange = () => db.close();
      return new Store(db);
    });
  }

  get<N extends Name>(name: N): Promise<Values[N] | undefined> {
    return done(this.values("readonly").get(name) as IDBRequest<Values[N] | undefined>);
  }

  put<N extends Name>(name: N, value: Values[N]): Promise<void> {
    return this.change((v) => void v.put(value, name));
  }

  drop(...names: Name[]): Promise<void> {
    return this.change((v) => names.forEach((n) => v.delete(n)));
  }

  // change runs f in one transaction and resolves when it is on disk.
  change(f: (values: IDBObjectStore) => void): Promise<void> {
    return new Promise((resolve, reject) => {
      const tx = this.db.transaction("values", "readwrite", { durability: "strict" });
      tx.oncomplete = () => resolve();
      tx.onabort = tx.onerror = () => reject(tx.error ?? new Error("the storage refused"));
      f(tx.objectStore("values"));
    });
  }

  // update replaces a value by what f makes of it, with no other change in between. f
  // returns undefined to leave it; update resolves to what f returned.
  update<N extends Name>(name: N, f: (value: Values[N] | undefined) => Values[N] | undefined): Promise<Values[N] | undefined> {
    let out: Values[N] | undefined;
    return this.change((v) => {
      const read = v.get(name) as IDBRequest<Values[N] | undefined>;
      read.onsuccess = () => {
        out = f(read.result);
        if (out !== undefined) v.put(out, name);
      };
    }).then(() => out);
  }

  // erase forgets everything of the application.
  erase(): Promise<void> {
    return this.change((v) => void v.clear());
  }

  private values(mode: IDBTransactionMode): IDBObjectStore {
    return this.db.transaction("values", mode).objectStore("values");
  }
}

function done<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error ?? new Error("the storage refused"));
  });
}
