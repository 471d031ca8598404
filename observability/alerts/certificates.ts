import { fires, ofObject, quiet, steady } from "../cases.ts";
import { type Matcher, days, hours, inWords, like, minutes, select } from "../../rollout/gate/gateway-series/promql.ts";
import type { Alert, RuleGroup } from "../rule.ts";
import type { Scope } from "../scope.ts";

/** Time left from which renewing must have gone wrong, in seconds: cert-manager renews 30 days before the end (components/certificate.ts), and tries each hour. */
const notRenewedSeconds = days(21);
/** Time left below which an alert pages, in seconds: enough to replace a certificate by hand, over a weekend. */
const endsSoonSeconds = days(7);

/**
 * The certificate that users see and those of the stores, as cert-manager sees them. They are selected by name alone: the namespace is in `namespace` or in
 * `exported_namespace`, as the scrape of cert-manager is configured.
 */
export function certificateAlerts(scope: Scope): RuleGroup {
    const ready = select("certmanager_certificate_ready_status", { name: certificatesOf(scope), condition: "True" });
    const series = certificateSeries("certmanager_certificate_ready_status", { condition: "True" });
    const text = (name: string): string => `cert-manager can't issue or renew ${name}. Clients notice when the present one ends.`;
    return {
        name: "certificates",
        title: "Certificates",
        intervalSeconds: 60,
        recordings: [],
        alerts: [
            endsIn(scope, { name: "CertificateNotRenewed", severity: "warning", limitSeconds: notRenewedSeconds, summary: "A certificate was not renewed." }),
            endsIn(scope, { name: "CertificateEndsSoon", severity: "critical", limitSeconds: endsSoonSeconds, summary: "A certificate ends within days." }),
            {
                name: "CertificateNotReady",
                severity: "warning",
                expression: `min by (name) (${ready}) == 0`,
                forSeconds: minutes(30),
                summary: "A certificate is not ready.",
                description: text("{{ $labels.name }}"),
                dashboard: "on-call",
                cases: [
                    fires("when it is not ready for an hour", { [series]: steady(0, 60) }, minutes(50), [
                        { labels: { name: "video-ranking-tls" }, description: text("video-ranking-tls") },
                    ]),
                    quiet("when it is renewed within ten minutes", { [series]: "1x5 0x10 1x50" }, minutes(50)),
                ],
            },
        ],
    };
}

function endsIn(
    scope: Scope,
    {
        name,
        severity,
        limitSeconds,
        summary,
    }: { readonly name: string; readonly severity: Alert["severity"]; readonly limitSeconds: number; readonly summary: string },
): Alert {
    // Of a certificate that was never issued, cert-manager says that it ends in 1970: that is for CertificateNotReady.
    const end = `${select("certmanager_certificate_expiration_timestamp_seconds", { name: certificatesOf(scope) })} > 0`;
    const series = certificateSeries("certmanager_certificate_expiration_timestamp_seconds", {});
    const text = (certificate: string, measured: string): string =>
        `${certificate} ends in ${measured}, less than ${inWords(limitSeconds)}. At its end clients refuse it.`;
    const atSeconds = hours(3);
    const left = limitSeconds - hours(10);
    return {
        name,
        severity,
        expression: `min by (name) (${end}) - time() < ${String(limitSeconds)}`,
        forSeconds: hours(1),
        summary,
        description: text("{{ $labels.name }}", "{{ $value | humanizeDuration }}"),
        dashboard: "on-call",
        cases: [
            fires("when less time is left", { [series]: steady(atSeconds + left, 200) }, atSeconds, [
                { labels: { name: "video-ranking-tls" }, description: text("video-ranking-tls", `${String(Math.floor(left / days(1)))}d 14h 0m 0s`) },
            ]),
            quiet("when an hour more is left", { [series]: steady(atSeconds + limitSeconds + hours(1), 200) }, atSeconds),
            quiet("when it was never issued, so that it has no end", { [series]: steady(0, 200) }, atSeconds),
        ],
    };
}

function certificateSeries(metric: string, labels: Readonly<Record<string, string>>): string {
    return ofObject(metric, { name: "video-ranking-tls", exported_namespace: "gateway-system", job: "cert-manager", ...labels });
}

/** Names of the service's certificates: the host's, and one for each store. */
function certificatesOf({ service }: Scope): Matcher {
    return like(`${service}-(.+-)?tls`);
}
