// The service worker of the reports from the road: the one page, and the files it is made of, are there without a
// connection. Nothing else of Upheld is kept on a device. Signing out throws the page away (keys.js).
"use strict";

const CACHE = "upheld-road-1";
const PAGE = "/work/reports/";

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => {
  event.waitUntil((async () => {
    for (const name of await caches.keys()) if (name.startsWith("upheld-") && name !== CACHE) await caches.delete(name);
    await self.clients.claim();
  })());
});

// The page as it is now, else as it was: whoever was signed out meanwhile finds it gone.
async function page(request) {
  const cache = await caches.open(CACHE);
  try {
    const answer = await fetch(request);
    // A page that is gone to is fetched without following: being sent to sign in is an opaque redirect here.
    if (answer.type === "opaqueredirect" || answer.redirected || answer.status === 403) await cache.delete(PAGE);
    else if (answer.ok) await cache.put(PAGE, answer.clone());
    return answer;
  } catch (problem) {
    const kept = await cache.match(PAGE);
    if (kept) return kept;
    throw problem;
  }
}

async function file(request) {
  const cache = await caches.open(CACHE);
  try {
    const answer = await fetch(request);
    if (answer.ok) await cache.put(request, answer.clone());
    return answer;
  } catch (problem) {
    const kept = await cache.match(request, { ignoreSearch: true });
    if (kept) return kept;
    throw problem;
  }
}

self.addEventListener("fetch", (event) => {
  const address = new URL(event.request.url);
  if (event.request.method !== "GET" || address.origin !== self.location.origin) return;
  if (event.request.mode === "navigate" && address.pathname === PAGE) event.respondWith(page(event.request));
  else if (address.pathname.startsWith("/static/")) event.respondWith(file(event.request));
});
