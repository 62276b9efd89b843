// The part of a service worker's world that is used. TypeScript has it in a library that
// does not go together with that of pages.
export interface Extendable extends Event {
  waitUntil(what: Promise<unknown>): void;
}

export interface FetchEvent extends Extendable {
  request: Request;
  respondWith(response: Promise<Response>): void;
}

export interface NotificationEvent extends Extendable {
  notification: Notification;
}

export interface WindowClient {
  url: string;
  visibilityState: DocumentVisibilityState;
  postMessage(message: unknown): void;
  focus(): Promise<WindowClient>;
}

export interface Scope extends EventTarget {
  build: { version: string; files: string[] }; // the server writes it into the first line
  registration: ServiceWorkerRegistration;
  clients: {
    claim(): Promise<void>;
    matchAll(options: { type: "window"; includeUncontrolled: boolean }): Promise<WindowClient[]>;
    openWindow(url: string): Promise<WindowClient | null>;
  };
  skipWaiting(): Promise<void>;
}

export const scope = self as unknown as Scope;
