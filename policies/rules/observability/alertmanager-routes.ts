import { missing, objectRule, wrong } from "../../engine/rule.ts";
import { type Fields, isFields, type Plain, text } from "../../engine/value.ts";
import { alertmanagerIn, alertmanagerKinds, either, routesOf } from "../../shapes/alertmanager.ts";
import { checklist } from "../../shapes/references.ts";

const pagers = /^(pagerduty|opsgenie|victorops|sns|webhook|pushover)_?configs$/i;

/** An alert without a receiver is none; the Watchdog tells when the whole chain is broken. */
export const alertmanagerRoutes = objectRule({
    name: "alertmanager-routes",
    title: "Critical alerts reach a pager, and the Watchdog reaches a receiver that misses it.",
    severity: "critical",
    level: "mandatory",
    references: [checklist("On-call rotation configured")],
    kinds: alertmanagerKinds,
    *check(object) {
        for (const { path, config } of alertmanagerIn(object)) {
            for (const [pattern, what] of [
                [/severity\W*=?~?\W*critical|severity.{0,20}critical/i, "critical alerts"],
                [/Watchdog/, "the Watchdog"],
            ] as const) {
                const route = [...routesOf(config.route)].slice(1).find((candidate) => pattern.test(matchersOf(candidate)));
                const receiver = either(config, "receivers").find((candidate) => text(candidate, "name") === text(route, "receiver"));
                if (route === undefined) {
                    yield missing(`${path}.route`, `no route takes ${what}`, "add a route with a receiver");
                } else if (receiver === undefined || !isFields(receiver) || !reaches(receiver, what === "critical alerts")) {
                    yield wrong(
                        `${path}.route`,
                        `${what} reach${what === "the Watchdog" ? "es" : ""} no receiver with a pager`,
                        "route to a receiver with a pager",
                    );
                }
            }
        }
    },
});

function matchersOf(route: Plain): string {
    return isFields(route) ? JSON.stringify([route.matchers, route.match, route.match_re]) : "";
}

function reaches(receiver: Fields, byPager: boolean): boolean {
    return Object.entries(receiver).some(
        ([key, configs]) => (byPager ? pagers.test(key) : /configs$/i.test(key)) && Array.isArray(configs) && configs.length > 0,
    );
}
