import { lookup } from "node:dns/promises";

import { Agent } from "undici";

import { type PreflightFinding, type Problem, findingOf, notConfigured } from "../../preflight.ts";
import { missingRouteFields } from "../../gateway/gateway-api.ts";
import { type CertificateReading, judgeCertificates } from "../../certificates/judge.ts";
import { answerProblems, exposureProblems } from "../gateway-answers.ts";
import { certificateInSecret, certificateOfEndpoint } from "../../certificates/read.ts";
import { type GatewayDoor, testerAccess, testersDoor } from "../../../route/live/tester-access.ts";
import { secretOf } from "../connections.ts";
import { routeDefinition } from "../../gateway/read.ts";
import type { Check } from "../run.ts";
import type { Tools } from "../tools.ts";
import { unanswered } from "../unanswered.ts";

/** How a user comes to the service. */
export function networkChecks(tools: Tools): Readonly<Record<"certificates" | "routes", Check>> {
    return { certificates: (signal) => certificates(tools, signal), routes: (signal) => routes(tools, signal) };
}

async function certificates({ context, preflight, api, redaction }: Tools, signal: AbortSignal): Promise<PreflightFinding> {
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
                      fix: "see that the Gateway's listener refers to that Secret, and has taken up the renewed one",
                  },
              ]
            : [];
    return judgeCertificates(readings, [...unread, ...different], new Date().toISOString());
}

/** The host's name resolves, and the gateway answers for it: users with a revision of the rollout, testers with the candidate, and no user by the testers' host name. */
async function routes(tools: Tools, signal: AbortSignal): Promise<PreflightFinding> {
    const { gateway, metrics, stable, candidate, namespace, serviceName: service } = tools.context.config;
    if (metrics === undefined) {
        return notConfigured("the stack names no gateway to ask", "set metrics.gatewayUrl");
    }
    const agent = new Agent({ connect: { timeout: 5_000 } });
    const usersDoor: GatewayDoor = { gatewayUrl: metrics.gatewayUrl, hostname: gateway.hostname };
    const { path = "/" } = tools.context.declared;
    const testers = testerAccess({ api: tools.api, namespace, service, gateway });
    const revisions = [stable, ...(candidate === undefined ? [] : [candidate])].map(({ name }) => name);
    try {
        const [addresses, ...problems] = await Promise.all([
            lookup(gateway.hostname, { all: true }).then(
                (found) => found.map(({ address }) => address),
                (error: unknown) => unanswered(error, gateway.hostname),
            ),
            routeDefinition(tools.api).then(
                (definition) => missingRouteFields(definition, gateway.retry),
                (error: unknown) => [unanswered(error, "the API server, for the definition of HTTPRoute")],
            ),
            answerProblems(agent, { ...usersDoor, path, who: "users", expected: revisions, admission: () => Promise.resolve({}), signal }),
            ...(gateway.testers.kind === "host" ? [exposureProblems({ ...usersDoor, path }, gateway.testers.hostname, signal)] : []),
            ...(candidate === undefined
                ? []
                : [
                      answerProblems(agent, {
                          ...testersDoor(usersDoor, gateway.testers),
                          path,
                          who: "testers",
                          expected: [candidate.name],
                          admission: async () => {
                              const headers = await testers();
                              Object.values(headers).forEach((value) => {
                                  tools.redaction.note(value);
                              });
                              return headers;
                          },
                          signal,
                      }),
                  ]),
        ]);
        const unresolved = "text" in addresses ? [addresses] : [];
        return findingOf(
            [...unresolved, ...problems.flat()],
            `${gateway.hostname} resolves, and its routes lead users to ${revisions.join(" or ")}${candidate === undefined ? "" : `, and testers to ${candidate.name}`}`,
            { addresses: "text" in addresses ? [] : addresses },
        );
    } finally {
        await agent.destroy();
    }
}
