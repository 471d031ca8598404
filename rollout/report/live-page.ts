import { html } from "hono/html";

import { figureNames } from "./figures.ts";
import type { CourseStep, LiveView } from "./live.ts";
import { scriptElement } from "./live-script.ts";
import { type Markup, badge, nextUp, table, time, withVisibleControls } from "./markup.ts";
import { verdictTones } from "./sections/verdicts.ts";
import { styleElement } from "./style.ts";
import { figureTitles, rounded, shownFigure, shownShare, shownTime } from "./wording.ts";

/** What is below the first screen: markup that is made less often, as it takes longer. */
export interface LiveDetails {
    /** The curves of the rollout, or why there are none. */
    readonly charts: Markup;
    /** The newest records of the ledger, newest first. */
    readonly records: readonly { readonly at: string; readonly kind: string; readonly identity: string; readonly text: string }[];
}

/** The live page of a rollout. */
export async function livePage(view: LiveView, details: LiveDetails, nonce: string): Promise<string> {
    const title = `Rollout of ${view.service} in ${view.namespace}`;
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
                    <h1>${title}</h1>
                    <p id="said" class="said" role="status"></p>
                </header>
                ${mainOf(view, details)}
                <footer>
                    <label><input type="checkbox" id="pause" /> Pause updates</label>
                    <noscript><p>Without scripts this page does not update: load it again.</p></noscript>
                </footer>
                ${scriptElement(nonce)}
            </body>
        </html>`;
    return withVisibleControls(page.toString());
}

/** The part of the live page that changes. */
export async function liveMain(view: LiveView, details: LiveDetails): Promise<string> {
    const main = await mainOf(view, details);
    return withVisibleControls(main.toString());
}

function mainOf(view: LiveView, details: LiveDetails): Markup {
    return html`<main id="main">
        ${firstScreen(view)}
        <section id="open-part" data-part aria-labelledby="open-heading">
            <h2 id="open-heading">Criteria</h2>
            ${criteria(view)}
        </section>
        <section id="figures-part" data-part aria-labelledby="figures-heading">
            <h2 id="figures-heading">Metrics of the step so far</h2>
            ${table({
                caption: "Both revisions over the step so far",
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
        <section id="charts-part" data-part aria-labelledby="charts-heading">
            <h2 id="charts-heading">Curves</h2>
            ${details.charts}
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

/** Step, health and what comes next in one line: what is read aloud when it changes, without the time left. */
export function told({ step, health, next }: Pick<LiveView, "step" | "health" | "next">): string {
    return `${step}: ${health}. ${next}`;
}

function firstScreen(view: LiveView): Markup {
    const { tone, step, health, why, next, left, soak, at, environment } = view;
    return html`<section id="now" data-part aria-label="Now">
        <div id="told" class="headline ${tone}" data-told="${told(view)}">
            <p class="large" id="step">${step}</p>
            <p class="large" id="health">${badge(health, tone)}</p>
            ${course(view)}
        </div>
        ${nextUp(next)}
        <dl class="short">
            <div>
                <dt>Time left</dt>
                <dd>
                    <span id="left">${left}</span>
                    ${soak === undefined ? "" : html`<progress aria-label="Soak" max="${String(soak.soakSeconds)}" value="${String(soak.soakedSeconds)}"></progress>`}
                </dd>
            </div>
            <div>
                <dt>Observed split</dt>
                <dd>${shownShare(view.observedShare)}</dd>
            </div>
        </dl>
        ${
            why.length === 0
                ? ""
                : html`<dl>
                      <div>
                          <dt>Why</dt>
                          ${why.map((reason) => html`<dd class="reason">${reason}</dd>`)}
                      </div>
                  </dl>`
        }
        <p class="remark">Read at ${time(at, shownTime(at))}, ${environment}.</p>
    </section>`;
}

/** The way through the plan, with the present step marked: for the eye by its line, for a screen reader by `aria-current`. */
function course({ course: steps, tone }: LiveView): Markup {
    const item = ({ destination, state }: CourseStep): Markup => {
        const words = destination === "finished" ? "stable" : `${String(destination)} %`;
        return state === "current" ? html`<li class="current ${tone}" aria-current="step">${words}</li>` : html`<li class="${state}">${words}</li>`;
    };
    return steps.length === 0
        ? html``
        : html`<ol class="course" aria-label="Steps of the plan">
              ${steps.map(item)}
          </ol>`;
}

function criteria({ open, judged }: LiveView): Markup {
    const rows = (reasons: LiveView["judged"]) =>
        reasons.map(({ criterion, verdict, shortfall, samples, text }) => [
            criterion,
            badge(shortfall === undefined ? verdict : `${verdict}, ${shortfall}`, verdictTones[verdict]),
            rounded(samples, 0),
            text,
        ]);
    const columns = ["Criterion", "Verdict", "Samples", "What was found"];
    return html`<p class="remark">
            Functional probes are not run from here, since they write events: the watcher runs them, and the ledger has what they found.
        </p>
        ${table({ caption: "Criteria that do not pass", columns, rows: rows(open), without: judged.length === 0 ? "Nothing was judged." : "All that was judged passes." })}
        <details id="all-criteria">
            <summary>All ${String(judged.length)} criteria</summary>
            ${table({ caption: "All criteria that were judged", columns, rows: rows(judged), without: "Nothing was judged." })}
        </details>`;
}
