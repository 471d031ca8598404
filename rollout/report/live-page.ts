import { html } from "hono/html";

import { figureNames } from "./figures.ts";
import { agoWords } from "./live.ts";
import type { CriterionCell } from "./criterion-cell.ts";
import { scriptElement } from "./live-script.ts";
import type { CourseStep, LiveView } from "./live-view.ts";
import { type Markup, type Tone, badge, nextUp, table, time, withVisibleControls } from "./markup.ts";
import { type RollbackAccount, callerWords, failedWords, tookWords } from "./rollback-account.ts";
import { styleElement } from "./style.ts";
import { figureTitles, shownFigure, shownShare, shownTime } from "./wording.ts";

/** What is below the first screen: markup that is made less often, as it takes longer. */
export interface LiveDetails {
    /** When it was read: ISO 8601. */
    readonly at: string;
    /** The curves of the rollout, or why there are none. */
    readonly charts: Markup;
    /** The newest records of the ledger, newest first. */
    readonly records: readonly { readonly at: string; readonly kind: string; readonly identity: string; readonly text: string }[];
}

/** The live page of a rollout. */
export async function livePage(view: LiveView, details: LiveDetails, nonce: string): Promise<string> {
    const page = await html`<!doctype html>
        <html lang="en">
            <head>
                <meta charset="utf-8" />
                <meta name="viewport" content="width=device-width, initial-scale=1" />
                <title>${told(view)}</title>
                <link rel="icon" href="data:," />
                ${styleElement}
            </head>
            <body class="live">
                <a class="skip" href="#main">To the rollout</a>
                <p id="stale" class="badge bad" role="alert" hidden></p>
                <header>
                    <h1>Rollout of ${view.service} in ${view.namespace}</h1>
                    <label><input type="checkbox" id="pause" /> Pause updates</label>
                    <noscript><p>Without scripts this page does not update: load it again.</p></noscript>
                    <p id="said" class="said" role="status"></p>
                </header>
                ${mainOf(view, details)} ${scriptElement(nonce)}
            </body>
        </html>`;
    return withVisibleControls(page.toString());
}

/** The part of the live page that changes. */
export async function liveMain(view: LiveView, details: LiveDetails): Promise<string> {
    const main = await mainOf(view, details);
    return withVisibleControls(main.toString());
}

/** Step, health and what comes next in one line: what is read aloud when it changes, without the time left. */
export function told({ step, health, next }: Pick<LiveView, "step" | "health" | "next">): string {
    return `${step}: ${health}. ${next}`;
}

function mainOf(view: LiveView, details: LiveDetails): Markup {
    const then = view.rollback === undefined ? "" : " when it was rolled back";
    return html`<main id="main">
        ${firstScreen(view)}
        <section id="criteria-part" data-part aria-labelledby="criteria-heading">
            <h2 id="criteria-heading">Criteria${then}</h2>
            ${grid(view)}
        </section>
        <section id="charts-part" data-part aria-labelledby="charts-heading">
            <h2 id="charts-heading">Curves</h2>
            ${details.charts}
            <p class="remark">Drawn at ${time(details.at, shownTime(details.at))}.</p>
        </section>
        <section id="figures-part" data-part aria-labelledby="figures-heading">
            <h2 id="figures-heading">Metrics of the step${then === "" ? " so far" : then}</h2>
            ${table({
                caption: "Both revisions over the step",
                columns: ["Metric", ...view.figures.map(({ revision, role }) => `${revision} (${role})`)],
                rows:
                    view.figures.length === 0
                        ? []
                        : figureNames
                              // Only a report asks for those: the live look has no use for them.
                              .filter((name) => name !== "average-latency" && name !== "cpu-millicores")
                              .map((name) => [figureTitles[name], ...view.figures.map(({ values }) => shownFigure(name, values[name]))]),
                without: "Nothing is seen.",
            })}
        </section>
        <section id="records-part" data-part aria-labelledby="records-heading">
            <h2 id="records-heading">Newest records</h2>
            ${table({
                caption: "Newest records of the ledger, newest first",
                columns: ["When", "What", "By", "In words"],
                rows: details.records.map(({ at, kind, identity, text }) => [time(at, shownTime(at)), kind, identity, text]),
                without: "The ledger holds no record, or can't be read.",
            })}
        </section>
    </main>`;
}

function firstScreen(view: LiveView): Markup {
    const { tone, step, health, why, next, at, environment, rollback } = view;
    return html`<section id="now" data-part aria-label="Now">
        <div id="told" class="headline ${tone}" data-told="${told(view)}">
            <p class="large" id="step">${step}</p>
            <p class="large" id="health">${badge(health, tone)}</p>
            ${course(view)} ${why.length === 0 ? "" : html`<div id="why">${why.map((reason) => html`<p>${reason}</p>`)}</div>`}
        </div>
        <div class="lead">
            ${nextUp(next)}
            <dl class="short" id="facts">${rollback === undefined ? stepFacts(view) : rollbackFacts(rollback, at)}</dl>
        </div>
        <p class="remark">Read at ${time(at, shownTime(at))}, ${environment}.</p>
    </section>`;
}

function fact(id: string, name: string, value: Markup | string): Markup {
    return html`<div>
        <dt>${name}</dt>
        <dd id="${id}">${value}</dd>
    </div>`;
}

function stepFacts(view: LiveView): Markup {
    const { left, soak, approvals } = view;
    return html`${fact(
        "left",
        "Time left",
        html`<span>${left}</span>
            ${soak === undefined ? "" : html`<progress aria-label="Soak" max="${String(soak.soakSeconds)}" value="${String(soak.soakedSeconds)}"></progress>`}`,
    )}
    ${podFacts(view)} ${approvals === undefined ? "" : fact("approvals", `Approvals for ${destinationWords(approvals.to)}`, approvalWords(approvals.missing))}
    ${fact("split", "Observed split", shownShare(view.observedShare))}`;
}

function podFacts({ pods }: LiveView): Markup {
    const words = pods.map(({ revision, role, count }) =>
        count.kind === "missing"
            ? html`<span>${revision} (${role}): not known</span>`
            : html`<span class="${count.value.ready < count.value.wanted ? "wait" : ""}"
                  >${revision} (${role}): ${String(count.value.ready)} of ${String(count.value.wanted)} ready</span
              >`,
    );
    return fact("pods", "Pods", words.length === 0 ? "not known" : html`${words.map((one) => html`${one}<br />`)}`);
}

function approvalWords(missing: NonNullable<LiveView["approvals"]>["missing"]): string {
    return missing.kind === "missing"
        ? `not known: ${missing.reason}`
        : missing.value.length === 0
          ? "none is missing"
          : `missing: ${missing.value.join(", ")}`;
}

function rollbackFacts(rollback: RollbackAccount, now: string): Markup {
    const { at, told: heard } = rollback;
    return html`${fact("ago", "Rolled back", html`${agoWords(at, now)}, at ${time(at, shownTime(at))}`)}
    ${fact("failed", "Failed requests", failedWords(rollback))} ${fact("took", "Took", tookWords(rollback))}
    ${fact("caller", "Decided by", decidedWords(rollback))}
    ${fact(
        "heard",
        "Told",
        heard.length === 0
            ? "nobody, as far as the ledger knows"
            : html`${heard.map(({ message, notifier, at: when, undelivered }) =>
                  undelivered === undefined
                      ? html`<div>${notifier}: ${message}, ${time(when, shownTime(when))}</div>`
                      : html`<div>${badge("not delivered", "bad")} ${notifier}: ${message}, ${undelivered}</div>`,
              )}`,
    )}`;
}

function decidedWords(rollback: RollbackAccount): string {
    const ids = rollback.criteria.filter(({ decided }) => decided).map(({ id }) => id);
    return ids.length === 0 ? callerWords(rollback) : `${callerWords(rollback)}: ${ids.join(", ")}`;
}

/** The way through the plan, with the present step marked: for the eye by its line, for a screen reader by `aria-current` and in words. */
function course({ course: steps, tone }: LiveView): Markup {
    const item = ({ destination, state }: CourseStep): Markup => {
        const words = destinationWords(destination);
        switch (state) {
            case "current":
                return html`<li class="current ${tone}" aria-current="step">${words}</li>`;
            case "rolled-back":
                return html`<li class="current ${tone}" aria-current="step">
                    <span aria-hidden="true">↩ </span>${words}<span class="said"> rolled back here</span>
                </li>`;
            case "done":
            case "ahead":
                return html`<li class="${state}">${words}</li>`;
        }
    };
    return steps.length === 0
        ? html``
        : html`<ol class="course" aria-label="Steps of the plan">
              ${steps.map(item)}
          </ol>`;
}

function destinationWords(destination: CourseStep["destination"]): string {
    return destination === "finished" ? "stable" : `${String(destination)} %`;
}

/** How a state looks: the sign and the word say what the colour says. */
const states: Readonly<Record<CriterionCell["state"], { readonly sign: string; readonly word: string; readonly tone: Tone }>> = {
    fail: { sign: "✕", word: "fails", tone: "bad" },
    hold: { sign: "‖", word: "holds", tone: "wait" },
    open: { sign: "?", word: "open", tone: "wait" },
    pass: { sign: "✓", word: "passes", tone: "good" },
};

function grid({ criteria }: LiveView): Markup {
    if (criteria.length === 0) {
        return html`<p>Nothing was judged.</p>`;
    }
    const counted = Map.groupBy(criteria, ({ state }) => states[state].word);
    return html`<p id="counts" class="remark">
            ${[...counted].map(([word, own]) => `${String(own.length)} ${word}`).join(", ")}. Functional probes are the watcher's: they write events, so this
            page runs none.
        </p>
        <ul id="criteria" class="grid" aria-label="Criteria">
            ${criteria.map(cell)}
        </ul>
        <details id="all-criteria">
            <summary>What was found, of all ${String(criteria.length)}</summary>
            ${table({
                caption: "All criteria that were judged",
                columns: ["Criterion", "State", "Value", "Bound", "Evidence", "What was found"],
                rows: criteria.map(({ id, state, value = "", bound = "", samples = "", lacking, text }) => [
                    id,
                    badge(states[state].word, states[state].tone),
                    value,
                    bound,
                    lacking === undefined ? samples : `${samples}; missing: ${lacking}`,
                    text,
                ]),
                without: "Nothing was judged.",
            })}
        </details>`;
}

function cell({ id, title, state, decided, value, bound, lacking }: CriterionCell): Markup {
    const { sign, word, tone } = states[state];
    const found = [...(value === undefined ? [] : [value]), ...(bound === undefined ? [] : [`bound ${bound}`])].join(", ");
    return html`<li id="criterion-${id}" class="${tone}" data-state="${state}">
        <span class="badge ${tone}"><span aria-hidden="true">${sign} </span>${word}</span>${decided ? html` <strong>decided it</strong>` : ""}
        <span class="title">${title}</span>
        ${found === "" ? "" : html`<span class="found">${found}</span>`}${lacking === undefined ? "" : html`<span class="lacking">missing: ${lacking}</span>`}
    </li>`;
}
