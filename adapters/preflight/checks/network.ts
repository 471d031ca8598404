import { lookup } from "node:dns/promises";

import { Agent } from "undici";

import { type Finding, type Problem, findingOf, notConfigured } from "../../../rollout/preflight.ts";
import { type CertificateReading, judgeCertificates } from "../../../rollout/preflight/certificates.ts";
import { certificateInSecret, certificateOfEndpoint } from "../certificates.ts";
import { secretOf } from "../connections.ts";
import type { Check } from "../run.ts";
import type { Tools } from "../tools.ts";
import { unanswered } from "../unanswered.ts";

/** How a user comes to the service. */
export function networkChecks(tools: Tools): Readonly<Record<"certificates" | "routes", Check>> {
    return { certificates: (signal) => certificates(tools, signal), routes: (signal) => routes(tools, signal) };
}

async function certificates({ context, preflight, api, redaction }: Tools, signal: AbortSignal): Promise<Finding> {
    const { hostname } = context.config.gateway;
    const [host = hostname, port = "443"] = preflight.reach?.gateway?.split(":") ?? [];
    const looks: readonly { readonly place: string; readonly read: () => Promise<CertificateReading> }[] = [
        ...context.declared.certificates.map(({ namespace, secret, hostname: name }) => ({
            place: `Secret ${namespace}/${secret}`,
            read: async () => {
                const { "tls.crt": chain = "", "tls.key": key = "", "ca.crt": authority = "" } = await secretOf(api, namespace, secret);
                redaction.note(key);
                return certificateInSecret({ place: `Secret ${namespace}/${secret}`, chain, key, authority, hostname: name });
            },
        })),
        { place: `${hostname} at ${host}:${port}`, read: () => certificateOfEndpoint({ host, port: Number(port), hostname }, signal) },
    ];
    const settled = await Promise.allSettled(looks.map(({ read }) => read()));
    const unread = settled.flatMap((one, index): readonly Problem[] => (one.status === "rejected" ? [unanswered(one.reason, looks[index]?.place)] : []));
    const readings = settled.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));
    const [declared, live] = [readings.find(({ place }) => place === looks[0]?.place), readings.find(({ place }) => place === looks.at(-1)?.place)];
    const different =
        declared !== undefined && live !== undefined && declared.fingerprint !== live.fingerprint
            ? [
                  {
                      text: `the gateway shows another certificate than ${declared.place} has`,
                      mend: "see that the Gateway's listener refers to that Secret, and has taken up the renewed one",
                  },
              ]
            : [];
    return judgeCertificates(readings, [...unread, ...different], new Date().toISOString());
}

/** The host's name resolves, and the gateway answers for it: with each revision where its header asks for it. */
async function routes({ context }: Tools, signal: AbortSignal): Promise<Finding> {
    const { gateway, metrics, stable, candidate } = context.config;
    if (metrics === undefined) {
        return notConfigured("the stack names no gateway to ask", "set metrics.gatewayUrl");
    }
    const agent = new Agent({ connect: { timeout: 5_000 } });
    try {
        const [addresses, ...problems] = await Promise.all([
            lookup(gateway.hostname, { all: true }).then(
                (found) => found.map(({ address }) => address),
                (error: unknown) => unanswered(error, gateway.hostname),
            ),
            ...[stable, ...(candidate === undefined ? [] : [candidate])].map(async ({ name }): Promise<readonly Problem[]> => {
                try {
                    const { statusCode, headers, body } = await agent.request({
                        origin: new URL(metrics.gatewayUrl).origin,
                        path: "/api/v1/trending",
                        method: "GET",
                        headers: { host: gateway.hostname, "x-revision": name, "user-agent": "rollout-preflight" },
                        signal: AbortSignal.any([signal, AbortSignal.timeout(5_000)]),
                    });
                    await body.dump();
                    const served = String(headers["x-served-by-revision"]);
                    return statusCode === 200 && served === name
                        ? []
                        : statusCode === 200
                          ? [
                                {
                                    text: `a request for ${name} was answered by '${served}'`,
                                    mend: "see the HTTPRoute's rule for the header x-revision, and the Services that it names",
                                },
                            ]
                          : [
                                {
                                    text: `the gateway answers ${String(statusCode)} for ${name}`,
                                    mend: "see the HTTPRoute's conditions, and whether the revision has ready pods",
                                },
                            ];
                } catch (error) {
                    return [unanswered(error, `the gateway at ${metrics.gatewayUrl}`)];
                }
            }),
        ]);
        const unresolved = "text" in addresses ? [addresses] : [];
        return findingOf(
            [...unresolved, ...problems.flat()],
            `${gateway.hostname} resolves, and its routes lead to ${[stable.name, ...(candidate === undefined ? [] : [candidate.name])].join(" and ")}`,
            {
                addresses: "text" in addresses ? [] : addresses,
            },
        );
    } finally {
        await agent.destroy();
    }
}
