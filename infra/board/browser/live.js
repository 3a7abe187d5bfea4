/** Keeps an open page as it is now: its parts come as server-sent events, each replaced as a whole when it has changed. */

/** Milliseconds after which a stream that was refused is asked for again. */
const AGAIN = 30_000;

/**
 * What the reader has opened or closed, by the key of its details.
 * @type {Map<string, boolean>}
 */
const toggled = new Map();

/** @type {EventSource | null} */
let source = null;

/** @param {string} text */
function say(text) {
  const place = document.getElementById("live");
  if (place !== null && place.textContent !== text) place.textContent = text;
}

/**
 * How an element is found again once its part has been replaced.
 * @param {Element} element
 */
function selectorOf(element) {
  const key = element.closest("details")?.dataset.key;
  const inside = key === undefined ? "" : `details[data-key="${CSS.escape(key)}"] `;
  if (element.id !== "") return `#${CSS.escape(element.id)}`;
  const told = ["name", "href", "aria-label"].find((name) => element.hasAttribute(name));
  const tag = element.tagName.toLowerCase();
  return `${inside}${tag}${told === undefined ? "" : `[${told}="${CSS.escape(element.getAttribute(told) ?? "")}"]`}`;
}

/**
 * @param {Element} part
 * @returns {Map<string, string>} what was written into its forms
 */
function writtenIn(part) {
  const fields = [...part.querySelectorAll("textarea")];
  return new Map(fields.map((field) => [selectorOf(field), field.value]));
}

/**
 * Puts a part's new content in place; what the reader has opened, written or focused stays so.
 * @param {string} id
 * @param {string} content
 */
function replace(id, content) {
  const part = document.querySelector(`[data-part="${CSS.escape(id)}"]`);
  if (part === null) return;
  const active = document.activeElement;
  const focused = active !== null && part.contains(active) ? selectorOf(active) : null;
  const written = writtenIn(part);
  part.innerHTML = content;
  for (const details of part.querySelectorAll("details")) {
    const open = toggled.get(details.dataset.key ?? "");
    if (open !== undefined) details.open = open;
  }
  for (const field of part.querySelectorAll("textarea")) field.value = written.get(selectorOf(field)) ?? field.value;
  const again = focused === null ? null : part.querySelector(focused);
  if (again instanceof HTMLElement || again instanceof SVGElement) again.focus({ preventScroll: true });
}

/** @param {string} address */
function follow(address) {
  const stream = new EventSource(address);
  source = stream;
  stream.addEventListener("open", () => say("Live: this page shows what is new by itself."));
  stream.addEventListener("part", ({ data }) => {
    const { id, html } = JSON.parse(data);
    replace(id, html);
  });
  stream.addEventListener("news", ({ data }) => {
    const place = document.getElementById("news");
    if (place !== null) place.textContent = data;
  });
  stream.addEventListener("end", () => {
    stream.close();
    say("Ended: nothing changes here any more.");
  });
  stream.addEventListener("error", () => {
    say("Not live: the connection is gone, and tried again.");
    // A stream that was refused isn't tried again by the browser.
    if (stream.readyState === EventSource.CLOSED) setTimeout(() => source === stream && follow(address), AGAIN);
  });
}

function begin() {
  const address = document.getElementById("live")?.dataset.events;
  if (address !== undefined) follow(address);
}

document.addEventListener("click", ({ target }) => {
  const summary = target instanceof Element ? target.closest("summary") : null;
  const details = summary?.parentElement;
  // The click comes before the details turn.
  if (details instanceof HTMLDetailsElement) toggled.set(details.dataset.key ?? "", !details.open);
});
addEventListener("pagehide", () => {
  source?.close();
  source = null;
});
addEventListener("pageshow", ({ persisted }) => persisted && begin());
begin();
