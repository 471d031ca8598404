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
const reachable = "summary, [tabindex]";
const nameOf = (element) => element.getAttribute("aria-label") ?? element.parentElement.id;
const replace = (present, next) => {
    const open = new Set([...present.querySelectorAll("details[open]")].map((one) => one.id));
    const focused = present.contains(document.activeElement) ? nameOf(document.activeElement) : undefined;
    const scrolled = [...present.querySelectorAll(".scroll")].map((one) => one.scrollLeft);
    next.querySelectorAll("details").forEach((one) => { one.open = open.has(one.id); });
    present.replaceWith(next);
    next.querySelectorAll(".scroll").forEach((one, index) => { one.scrollLeft = scrolled[index] ?? 0; });
    if (focused !== undefined) [...next.querySelectorAll(reachable)].find((one) => nameOf(one) === focused)?.focus({ preventScroll: true });
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
    if (told !== heard) { heard = told; said.textContent = told; }
};
const warn = (text) => {
    const title = (text === "" ? "" : "OLD. ") + heard;
    if (document.title !== title) document.title = title;
    if (stale.textContent !== text) stale.textContent = text;
    stale.hidden = text === "";
    document.body.toggleAttribute("data-old", text !== "");
};
const look = async () => {
    const since = new Date(newest).toISOString().slice(11, 19) + " UTC";
    if (pause.checked) {
        warn("Paused since " + since + ": what you see is old.");
    } else {
        const began = Date.now();
        try { await update(); newest = began; warn(""); } catch (error) {
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
