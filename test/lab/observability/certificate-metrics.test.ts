import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { readLabState } from "../../../lab/api.ts";
import { ensureTools } from "../../../lab/toolchain/ensure.ts";
import { waitUntil } from "../../../lab/wait.ts";
import { documented as example } from "../../../config/observability-pages.ts";
import { certificateAlerts } from "../../../observability/alerts/certificates.ts";
import { certificateMetrics } from "../../../observability/metrics/cluster.ts";
import { IssuedCertificates } from "../issued-certificates.ts";
import { RealServers } from "../../tools/preflight-servers.ts";
import { TrialNamespace } from "../trial-namespace.ts";
import { ScrapingPrometheus } from "../../tools/observability/scraping-prometheus.ts";

const job = "cert-manager";
/** Certificates of the service, each with something about it that an alert reads. */
const names = { well: `${example.service}-well-tls`, ending: `${example.service}-ending-tls`, unsigned: `${example.service}-unsigned-tls` } as const;

const servers = new RealServers();
let trial: TrialNamespace;
let prometheus: ScrapingPrometheus;

/** Certificates in the lab, and a Prometheus of the test's own that scrapes the lab's cert-manager. */
beforeAll(async () => {
    await ensureTools(["prometheus"]);
    trial = await TrialNamespace.create("certificate-metrics");
    const certificate = (name: string, duration: string, renewBefore: string, issuer: string): object => ({
        apiVersion: "cert-manager.io/v1",
        kind: "Certificate",
        metadata: { name },
        spec: {
            secretName: name,
            dnsNames: ["api.example.com"],
            duration,
            renewBefore,
            issuerRef: { group: "cert-manager.io", kind: "ClusterIssuer", name: issuer },
        },
    });
    await trial.apply(
        "test",
        certificate(names.well, "2160h", "720h", "lab-issuer"),
        certificate(names.ending, "2h", "1h", "lab-issuer"),
        certificate(names.unsigned, "2160h", "720h", "missing"),
    );
    const issued = new IssuedCertificates(trial.config, trial.name);
    await Promise.all([issued.ready(names.well), issued.ready(names.ending)]);
    const port = readLabState()?.ports.certManager;
    if (port === undefined) {
        throw new Error("the lab is not up: start it with 'make lab-up'");
    }
    prometheus = await ScrapingPrometheus.start(servers, [{ port, labels: { namespace: "cert-manager", job } }]);
    await waitUntil(
        async () => {
            expect(await seriesOfTrial(`certmanager_certificate_ready_status{condition="False"} == 1`)).toEqual([names.unsigned]);
        },
        { what: "the first scrape", withinMs: 60_000, everyMs: 500 },
    );
});
afterAll(async () => {
    await servers.end();
    await trial.remove();
});

/** Names of the trial's certificates among what a query gives. */
async function seriesOfTrial(query: string): Promise<readonly string[]> {
    const known: readonly string[] = Object.values(names);
    return (await prometheus.series(query)).flatMap(({ name = "" }) => (known.includes(name) ? [name] : [])).toSorted();
}

describe("a real cert-manager", () => {
    it("shows each metric that rules and panels read, as the type that they take it for", async () => {
        const types = await prometheus.types(job);

        expect(certificateMetrics.map(({ name }) => ({ name, type: types.get(name) }))).toEqual(certificateMetrics.map(({ name, type }) => ({ name, type })));
    });

    it("gives each of them the labels that the lint counts on, and no others", async () => {
        for (const { name, labels } of certificateMetrics) {
            expect(await prometheus.labels(job, name), name).toEqual(labels.toSorted());
        }
    });
});

describe("the alerts on certificates", () => {
    it.each([
        { alert: "CertificateNotReady", certificates: [names.unsigned] },
        { alert: "CertificateEndsSoon", certificates: [names.ending] },
        { alert: "CertificateNotRenewed", certificates: [names.ending] },
    ])("$alert is true for $certificates alone", async ({ alert, certificates }) => {
        const { expression = "" } = certificateAlerts(example).alerts.find(({ name }) => name === alert) ?? {};

        expect(await seriesOfTrial(expression)).toEqual(certificates);
    });
});
