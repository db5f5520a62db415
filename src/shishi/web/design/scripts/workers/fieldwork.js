// Keeps the capture page and its files, so that it opens without a network. Nothing else passes through here: what is
// captured lies in the page's own store, and is sent by the page.
const CACHE = "shishi-field";
const PAGE = new URL("capture/", self.registration.scope).pathname;
const PATIENCE = 4000;

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

// The page says which files it is made of; what is not among them any more goes.
async function keep(files) {
  const cache = await caches.open(CACHE);
  const wanted = new Set([PAGE, ...files]);
  try {
    for (const file of files) if (!(await cache.match(file))) await cache.add(file);
    const page = await fetch(PAGE, { redirect: "manual" });
    if (page.ok) await cache.put(PAGE, page);
    for (const held of await cache.keys()) if (!wanted.has(new URL(held.url).pathname)) await cache.delete(held);
  } catch {
    // Without a network it is as it was: kept whole before, or not at all.
  }
  return (await Promise.all([...wanted].map((file) => cache.match(file)))).every(Boolean);
}

self.addEventListener("message", (event) => {
  const answer = event.ports[0];
  event.waitUntil(
    keep(event.data.keep).then(
      (kept) => answer?.postMessage({ kept }),
      () => answer?.postMessage({ kept: false }),
    ),
  );
});

// The page from the network if it answers soon, else as it was kept; a way to sign in is not the page.
async function page(request) {
  const held = await caches.match(PAGE, { ignoreSearch: true });
  if (!held) return fetch(request);
  const fresh = fetch(request).then((found) => (found.ok ? found : held), () => held);
  const late = new Promise((settle) => setTimeout(() => settle(held), PATIENCE));
  return Promise.race([fresh, late]);
}

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== "GET" || origin !== self.location.origin) return;
  if (request.mode === "navigate") {
    if (pathname === PAGE) event.respondWith(page(request));
  } else if (pathname.startsWith("/static/")) {
    event.respondWith(caches.match(request).then((held) => held ?? fetch(request)));
  }
});
