// The service worker: the app without a network, changes of version, and messages of the
// server. It never answers for the server: what is not a file of the app goes past it.
import { onClick, onPush } from "./push";
import { scope, type Extendable, type FetchEvent, type NotificationEvent } from "./scope";

const base = new URL("./", location.href);
const prefix = `countersign ${base.pathname} `;
const cache = prefix + scope.build.version;

scope.addEventListener("install", (e) => (e as Extendable).waitUntil(install()));
scope.addEventListener("activate", (e) => (e as Extendable).waitUntil(activate()));
scope.addEventListener("fetch", (e) => answer(e as FetchEvent));
scope.addEventListener("message", (e) => {
  if ((e as MessageEvent).data === "change over") void scope.skipWaiting();
});
scope.addEventListener("push", (e) => (e as Extendable).waitUntil(onPush(base)));
scope.addEventListener("notificationclick", (e) => (e as NotificationEvent).waitUntil(onClick(e as NotificationEvent, base)));

// install keeps all files, or none: a version is whole. The browser's own cache is asked
// past, for it may hold a file of the version before.
async function install(): Promise<void> {
  const files = await caches.open(cache);
  await files.addAll(scope.build.files.map((name) => new Request(new URL(name, base), { cache: "reload" })));
}

async function activate(): Promise<void> {
  const old = (await caches.keys()).filter((name) => name.startsWith(prefix) && name !== cache);
  await Promise.all(old.map((name) => caches.delete(name)));
  await scope.clients.claim();
}

function answer(e: FetchEvent): void {
  const url = new URL(e.request.url);
  if (e.request.method !== "GET" || url.origin !== base.origin || !url.pathname.startsWith(base.pathname)) return;
  e.respondWith(fromCache(e.request));
}

async function fromCache(request: Request): Promise<Response> {
  const files = await caches.open(cache);
  return (await files.match(request, { ignoreSearch: true })) ?? fetch(request);
}
