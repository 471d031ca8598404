import { describe, expect, it } from "vitest";

import { parseConfig } from "../../config/parse.ts";
import type { StackConfig } from "../../config/schema.ts";
import type { ParsedConfig } from "../../rollout/settings/parse.ts";
import { isRecord } from "../../rollout/settings/tree.ts";
import { labVariables, readStack } from "./stack-files.ts";

const own = { kind: "host", hostname: "checkout.internal.example.com", url: "https://10.0.0.9" };
const internal = { name: "internal", namespace: "gateway-internal" };
const same = { name: "public", namespace: "gateway-system" };

/** The production stack with other keys in `gateway`. */
function parse(gateway: Readonly<Record<string, unknown>>): ParsedConfig<StackConfig> {
    const raw = readStack("prod");
    return parseConfig(
        { ...raw, gateway: { ...(isRecord(raw.gateway) ? raw.gateway : {}), ...gateway } },
        { variables: labVariables, secretKeys: new Set(["postgresAdminPassword"]) },
    );
}

describe("a host name of testers' own", () => {
    it.each([
        { where: "on another Gateway", gateway: { testers: { ...own, gateway: internal } } },
        { where: "on a listener of another Gateway", gateway: { testers: { ...own, gateway: internal, listener: "https" } } },
        {
            where: "on a Gateway of the users' one's name in another namespace",
            gateway: { testers: { ...own, gateway: { ...same, namespace: "gateway-internal" } } },
        },
        { where: "on another listener of the users' Gateway", gateway: { listener: "https", testers: { ...own, listener: "internal" } } },
        {
            where: "on another listener of the users' Gateway, which is named again",
            gateway: { listener: "https", testers: { ...own, gateway: same, listener: "internal" } },
        },
    ])("is taken $where", ({ gateway }) => {
        expect(parse(gateway)).toMatchObject({ ok: true, config: { gateway } });
    });

    it.each([
        {
            what: "it is the users' host name",
            gateway: { testers: { ...own, hostname: "ranking.example.com", gateway: internal } },
            says: {
                key: "gateway.testers.hostname",
                value: '"ranking.example.com"',
                problem: "is the host name that users call",
                fix: "write a host name of the testers' own, inside the network",
            },
        },
        ...[{ testers: own }, { listener: "https", testers: own }, { testers: { ...own, gateway: same } }].map((gateway) => ({
            what: `there is neither a Gateway nor a listener of their own: ${JSON.stringify(gateway)}`,
            gateway,
            says: {
                key: "gateway.testers.listener",
                problem: "is missing, so Gateway gateway-system/public would lead every user who sends the testers' host name to the candidate",
                fix: "name another Gateway (gateway.testers.gateway), or a listener of this one that users can't reach (gateway.testers.listener)",
            },
        })),
        ...[{ testers: { ...own, listener: "internal" } }, { testers: { ...own, gateway: same, listener: "internal" } }].map((gateway) => ({
            what: `the users' route would be on the testers' listener: ${JSON.stringify(gateway)}`,
            gateway,
            says: {
                key: "gateway.listener",
                problem: "is missing, so the users' route would be on the testers' listener internal too",
                fix: "name the listener that users come by",
            },
        })),
        {
            what: "users come by that listener",
            gateway: { listener: "https", testers: { ...own, listener: "https" } },
            says: {
                key: "gateway.testers.listener",
                value: '"https"',
                problem: "is the listener that users come by",
                fix: "name a listener that users can't reach",
            },
        },
        ...["https://ranking.example.com", "https://ranking.example.com:443/probes"].map((url) => ({
            what: `users reach the gateway at ${url}`,
            gateway: { testers: { ...own, gateway: internal, url } },
            says: {
                key: "gateway.testers.url",
                value: JSON.stringify(url),
                problem: "is where users reach the gateway (metrics.gatewayUrl), so they would reach the candidate too",
                fix: "write the address of the testers' Gateway or listener, which users can't reach",
            },
        })),
        {
            what: "probes would not know where it answers",
            gateway: { testers: { ...own, gateway: internal, url: undefined } },
            says: {
                key: "gateway.testers.url",
                problem: "is missing",
                fix: "set it, for example: pulumi config set --path 'gateway.testers.url' https://checkout.internal.example.com",
            },
        },
        {
            what: "it is a wildcard",
            gateway: { testers: { ...own, gateway: internal, hostname: "*.internal.example.com" } },
            says: {
                key: "gateway.testers.hostname",
                value: '"*.internal.example.com"',
                problem: "is not a full host name",
                fix: "write a full host name in lower case, without scheme, port, path or wildcard",
            },
        },
    ])("is refused, with one problem, where $what", ({ gateway, says }) => {
        const parsed = parse(gateway);
        expect(parsed.ok ? [] : parsed.problems).toEqual([says]);
    });
});
