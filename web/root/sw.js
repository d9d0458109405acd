// The service worker: shows a page of its own when the server does not answer. It keeps that page and
// nothing else: no answers of the API, no images.
const cacheName = "offline-1"; // another name when the files change: the old ones are deleted
const offlinePage = "/offline.html";
const files = [offlinePage, "/offline.css", "/icon.svg"];
const awayStatus = [502, 504]; // of a proxy in front of the server

async function keepFiles() {
  const cache = await caches.open(cacheName);
  await cache.addAll(files.map((file) => new Request(file, { cache: "reload" })));
}

async function deleteOlder() {
  const names = await caches.keys();
  await Promise.all(names.filter((name) => name !== cacheName).map((name) => caches.delete(name)));
}

async function fromServerOr(kept, request) {
  try {
    const answer = await fetch(request);
    if (!awayStatus.includes(answer.status)) return answer;
  } catch {} // no answer
  return (await caches.match(kept)) ?? Response.error();
}

addEventListener("install", (event) => {
  skipWaiting();
  event.waitUntil(keepFiles());
});

addEventListener("activate", (event) => event.waitUntil(deleteOlder().then(() => clients.claim())));

addEventListener("fetch", (event) => {
  const { request } = event;
  const { pathname } = new URL(request.url);
  if (request.mode === "navigate") event.respondWith(fromServerOr(offlinePage, request));
  else if (files.includes(pathname)) event.respondWith(fromServerOr(pathname, request));
});
