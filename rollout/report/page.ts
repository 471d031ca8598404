import { html, raw } from "hono/html";

import { type Chart, svgOf } from "./chart.ts";
import { chartsOf } from "./charts.ts";
import { headlineOf, summary } from "./headline.ts";
import { type Markup, badge, nextUp, section, withVisibleControls } from "./markup.ts";
import { accountLines } from "./rollback-account.ts";
import type { RolloutReport } from "./rollout-report.ts";
import { approvalsSection, overridesSection } from "./sections/consents.ts";
import { checklistSection } from "./sections/checklist.ts";
import { deliverySection, ledgerSection } from "./sections/delivery.ts";
import { figuresSection, stepsSection } from "./sections/steps.ts";
import { incidentsSection, verdictsSection } from "./sections/verdicts.ts";
import { styleElement, styleSource } from "./style.ts";
import { shownTime } from "./wording.ts";

/** The report as one HTML file: no script, nothing from the network, and all that is not this program's own is escaped. */
export async function reportPage(report: RolloutReport): Promise<string> {
    const { service, namespace, environment, candidate, stable, madeAt } = report;
    const { words, tone, why, next } = headlineOf(report);
    const title = `Rollout of ${candidate.name}, ${service} in ${namespace}`;
    const page = await html`<!doctype html>
        <html lang="en">
            <head>
                <meta charset="utf-8" />
                <meta name="viewport" content="width=device-width, initial-scale=1" />
                <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src ${styleSource}; base-uri 'none'; form-action 'none'" />
                <title>${title}</title>
                ${styleElement}
            </head>
            <body>
                <a class="skip" href="#main">To the report</a>
                <header>
                    <h1>${title}</h1>
                    <p>
                        Environment ${environment}. Made at ${shownTime(madeAt)}, from the
                        ledger${report.curvesRemark === undefined ? " and Prometheus" : " alone"}.
                    </p>
                    ${navigation(report)}
                </header>
                <main id="main">
                    <div class="headline ${tone}">
                        <p class="large">${badge(words, tone)}</p>
                        ${why.map((reason) => html`<p>${reason}</p>`)}
                        <p>${summary(report)}</p>
                    </div>
                    ${nextUp(next)}
                    <dl>
                        <div>
                            <dt>Candidate</dt>
                            <dd>${candidate.name} <code>${candidate.digest.slice(0, 19)}</code></dd>
                        </div>
                        <div>
                            <dt>${report.outcome === "finished" ? "Stable revision before" : "Stable revision"}</dt>
                            <dd>${stable.name} <code>${stable.digest.slice(0, 19)}</code></dd>
                        </div>
                        <div>
                            <dt>Commit</dt>
                            <dd>${report.commit === undefined ? "not known" : html`<code>${report.commit.slice(0, 12)}</code>`}</dd>
                        </div>
                    </dl>
                    ${
                        report.rollback === undefined
                            ? ""
                            : section(
                                  "rollback",
                                  "Rollback",
                                  html`<ul>
                                      ${accountLines(report.rollback).map((line) => html`<li>${line}</li>`)}
                                  </ul>`,
                              )
                    }
                    ${stepsSection(report)} ${section("charts", "Curves", await chartFigures(chartsOf(report)))} ${figuresSection(report)}
                    ${verdictsSection(report)} ${approvalsSection(report)} ${overridesSection(report)} ${incidentsSection(report)} ${checklistSection(report)}
                    ${deliverySection(report)} ${ledgerSection(report)}
                </main>
            </body>
        </html>`;
    return withVisibleControls(page.toString());
}

/** Charts, each with its description and what it leaves out. */
export async function chartFigures(charts: readonly Chart[]): Promise<Markup> {
    const figures = await Promise.all(
        charts.map(async ({ id, title, description, spec, remarks, bounds }) => {
            const picture =
                spec === undefined
                    ? html`<p>Nothing is known that could be drawn.</p>`
                    : html`<div role="img" aria-label="${description}"><div aria-hidden="true">${raw(await svgOf(spec))}</div></div>`;
            return html`<figure id="chart-${id}">
                <figcaption><h3>${title}</h3></figcaption>
                ${picture} ${remarks.map((remark) => html`<p class="remark">${remark}</p>`)}
                ${
                    bounds.length === 0
                        ? ""
                        : html`<details id="bounds-${id}" class="remark">
                              <summary>Bounds of ${title.toLowerCase()}</summary>
                              ${bounds.map((bound) => html`<p>${bound}</p>`)}
                          </details>`
                }
            </figure>`;
        }),
    );
    return html`<p class="remark">
            Shaded bands are the steps, with their weight. Dotted lines are the bounds that the plan sets on the candidate at that step, each with what it leads
            to.
        </p>
        <div class="charts">${figures}</div>`;
}

function navigation({ checklist }: Pick<RolloutReport, "checklist">): Markup {
    const parts = {
        steps: "Steps",
        charts: "Curves",
        figures: "Metrics",
        verdicts: "Verdicts",
        approvals: "Approvals",
        overrides: "Overrides",
        incidents: "Incidents",
    };
    const rest = { ...(checklist === undefined ? {} : { checklist: "Checklist" }), delivery: "Delivery", ledger: "Ledger" };
    return html`<nav aria-label="Parts of the report">${Object.entries({ ...parts, ...rest }).map(([id, name]) => html`<a href="#${id}">${name}</a> `)}</nav>`;
}
