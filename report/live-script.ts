import { raw } from "hono/html";

/**
 * The script of the live page. It asks for the view again and puts in what has changed, also where the reader is: focus, scrolling and what they opened stay.
 * The server has escaped all of it. When the server does not answer, the page says so at once: old news must not look like new ones.
 */
const script = `
"use strict";
const every = 2000;
const parts = () => document.querySelectorAll("[data-part]");
const shown = new Map([...parts()].map((part) => [part.id, part.outerHTML]));
const stale = document.getElementById("stale");
const said = document.getElementById("said");
const pause = document.getElementById("pause");
let heard = document.getElementById("told").dataset.told;
let newest = Date.now();
const replace = (present, next) => {
    const open = new Set([...present.querySelectorAll("details[open]")].map((one) => one.id));
    const reachable = "summary, [tabindex]";
    const focused = [...present.querySelectorAll(reachable)].indexOf(document.activeElement);
    const scrolled = [...present.querySelectorAll(".scroll")].map((one) => one.scrollLeft);
    next.querySelectorAll("details").forEach((one) => { one.open = open.has(one.id); });
    present.replaceWith(next);
    next.querySelectorAll(".scroll").forEach((one, index) => { one.scrollLeft = scrolled[index] ?? 0; });
    if (focused >= 0) next.querySelectorAll(reachable)[focused]?.focus({ preventScroll: true });
};
const update = async () => {
    const answer = await fetch("/view", { cache: "no-store", signal: AbortSignal.timeout(10000) });
    if (!answer.ok) throw new Error("status " + answer.status);
    const view = new DOMParser().parseFromString(await answer.text(), "text/html");
    for (const part of view.querySelectorAll("[data-part]")) {
        const present = document.getElementById(part.id);
        if (present === null || shown.get(part.id) === part.outerHTML) continue;
        shown.set(part.id, part.outerHTML);
        replace(present, document.importNode(part, true));
    }
    const told = document.getElementById("told").dataset.told;
    if (told !== heard) { heard = told; said.textContent = told; document.title = told; }
};
const warn = (text) => {
    if (stale.textContent !== text) stale.textContent = text;
    stale.hidden = text === "";
};
const look = async () => {
    const since = new Date(newest).toISOString().slice(11, 19) + " UTC";
    if (pause.checked) {
        warn("Paused since " + since + ": what you see is old.");
    } else {
        try { await update(); newest = Date.now(); warn(""); } catch (error) {
            warn("No answer since " + since + ": what you see is old (" + error.message + ").");
        }
    }
    setTimeout(look, every);
};
setTimeout(look, every);
`;

/** The script as it stands in the page. */
export function scriptElement(nonce: string) {
    return raw(`<script nonce="${nonce.replaceAll(/[^\w+/=-]/g, "")}">${script}</script>`);
}
