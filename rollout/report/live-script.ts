import { raw } from "hono/html";

/**
 * The script of the live page. Times become those of the reader's zone. It asks for the view again and puts in what has changed, also where the reader is: focus, scrolling and what they opened stay.
 * The server has escaped all of it. When the server does not answer, the page says so at once: old news must not look like new ones.
 */
const script = `
"use strict";
const every = 2000;
// Older than this, what the server read is not shown as now: it reads every two seconds, and waits ten for the cluster.
const oldest = 15000;
const parts = () => document.querySelectorAll("[data-part]");
const shown = new Map([...parts()].map((part) => [part.id, part.outerHTML]));
const stale = document.getElementById("stale");
const said = document.getElementById("said");
const pause = document.getElementById("pause");
let heard = document.getElementById("told").dataset.told;
let newest = Date.now();
const clock = new Intl.DateTimeFormat(undefined, { dateStyle: "short", timeStyle: "long" });
const localise = (root) => {
    root.querySelectorAll("time").forEach((one) => { one.textContent = clock.format(new Date(one.dateTime)); });
    const offset = new Date().getTimezoneOffset();
    root.querySelectorAll("figure svg text").forEach((one) => {
        const [, hours, minutes, rest] = /^(\\d\\d):(\\d\\d)(:\\d\\d)?$/.exec(one.textContent) ?? [];
        if (hours !== undefined) {
            const local = (((hours * 60 + +minutes - offset) % 1440) + 1440) % 1440;
            one.textContent = [local / 60, local % 60].map((part) => String(Math.floor(part)).padStart(2, "0")).join(":") + (rest ?? "");
        } else if (one.textContent === "time (UTC)") one.textContent = "local time";
    });
};
const span = (ms) => { const s = Math.max(0, Math.round(ms / 1000)); return s < 120 ? s + " s" : Math.round(s / 60) + " min"; };
const reachable = "summary, [tabindex]";
const nameOf = (element) => element.getAttribute("aria-label") ?? element.parentElement.id;
const replace = (present, next) => {
    const open = new Set([...present.querySelectorAll("details[open]")].map((one) => one.id));
    const focused = present.contains(document.activeElement) ? nameOf(document.activeElement) : undefined;
    const scrolled = [...present.querySelectorAll(".scroll")].map((one) => one.scrollLeft);
    next.querySelectorAll("details").forEach((one) => { one.open = open.has(one.id); });
    localise(next);
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
    return 1000 * Number(answer.headers.get("age") ?? 0);
};
const warn = (text) => {
    const title = (text === "" ? "" : "OLD. ") + heard;
    if (document.title !== title) document.title = title;
    if (stale.textContent !== text) stale.textContent = text;
    stale.hidden = text === "";
    document.body.toggleAttribute("data-old", text !== "");
};
const look = async () => {
    let paused = pause.checked, failed = "";
    if (!paused) {
        const began = Date.now();
        try { newest = began - await update(); } catch (error) { failed = error.message; }
        paused = pause.checked;
    }
    const age = Date.now() - newest;
    const old = "what you see is " + span(age) + " old, of " + clock.format(newest);
    warn(paused ? "Paused: " + old + "." : failed !== "" ? "No answer: " + old + " (" + failed + ")." : age > oldest ? "Old: " + old + ": the cluster answers late." : "");
    setTimeout(look, every);
};
localise(document);
pause.addEventListener("change", () => { if (pause.checked) warn("Paused: what you see is of " + clock.format(newest) + "."); });
setTimeout(look, every);
`;

/** The script as it stands in the page. */
export function scriptElement(nonce: string) {
    return raw(`<script nonce="${nonce.replaceAll(/[^\w+/=-]/g, "")}">${script}</script>`);
}
