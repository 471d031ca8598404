import { raw } from "hono/html";

/**
 * The script of the live page. It asks for the view again and puts in what has changed; the server has escaped all of it. When the server does not answer,
 * the page says so at once: old news must not look like new ones.
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
const update = async () => {
    const answer = await fetch("/view", { cache: "no-store", signal: AbortSignal.timeout(10000) });
    if (!answer.ok) throw new Error("status " + answer.status);
    const view = new DOMParser().parseFromString(await answer.text(), "text/html");
    for (const part of view.querySelectorAll("[data-part]")) {
        const present = document.getElementById(part.id);
        const holdsFocus = present !== null && present !== document.activeElement && present.contains(document.activeElement);
        if (present === null || holdsFocus || shown.get(part.id) === part.outerHTML) continue;
        shown.set(part.id, part.outerHTML);
        const open = new Set([...present.querySelectorAll("details[open]")].map((one) => one.id));
        const next = document.importNode(part, true);
        next.querySelectorAll("details").forEach((one) => { one.open = open.has(one.id); });
        present.replaceWith(next);
    }
    const told = document.getElementById("told").dataset.told;
    if (told !== heard) { heard = told; said.textContent = told; document.title = told; }
};
const look = async () => {
    if (!pause.checked) {
        try { await update(); newest = Date.now(); stale.hidden = true; } catch (error) {
            stale.textContent = "No answer for " + Math.round((Date.now() - newest) / 1000) + " s (" + error.message + "). What you see is old.";
            stale.hidden = false;
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
