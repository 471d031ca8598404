import { describe, expect, it } from "vitest";
import { z } from "zod";

import { configParser } from "../../../rollout/settings/parse.ts";
import { settingsRules } from "../../../rollout/settings/rules.ts";
import { settingsSchema } from "../../../rollout/settings/settings.ts";
import { profile } from "../../../service/profile.ts";
import { readStack } from "../../config/stack-files.ts";

/** The config of a program on the library with no keys of its own. */
const parse = configParser({ schema: settingsSchema(profile.plan), rules: settingsRules, secrets: [], contextVariable: "KUBE_CONTEXT" });

function parsed(change: Readonly<Record<string, unknown>>) {
    const { images, observability, stores, postgresAdminPassword, cluster, gateway, ...others } = readStack("prod");
    expect([images, observability, stores, postgresAdminPassword]).not.toContain(undefined);
    const raw = { ...others, cluster: common(cluster), gateway: common(gateway) };
    return parse({ ...raw, ...change }, { variables: {}, secretKeys: new Set() });
}

/** An object of the stack's config without what this repository's program adds to it. */
function common(value: unknown): Readonly<Record<string, unknown>> {
    const own = ["clusterIdentifier", "storageClassName", "podNetworks", "tlsIssuer"];
    return Object.fromEntries(Object.entries(z.record(z.string(), z.unknown()).parse(value)).filter(([key]) => !own.includes(key)));
}

const kafka = { bootstrapServers: ["kafka-0.example.com:9093"], tls: true, replicationFactor: 3, minimumInSyncReplicas: 2 };

describe("the stores in the config of a program", () => {
    it("may be none: nothing asks for the key", () => {
        const found = parsed({});
        expect(found.ok ? found.config.stores : found.problems).toBeUndefined();
    });

    it("may be some, each checked by its own rules and by no rule of another", () => {
        expect(parsed({ stores: { kafka } })).toMatchObject({ ok: true, config: { stores: { kafka } } });
        expect(parsed({ stores: { kafka: { ...kafka, tls: false } } })).toMatchObject({ ok: false, problems: [{ key: "stores.kafka.tls" }] });
        expect(parsed({ stores: { redis: { kind: "external", host: "redis.example.com", port: 6379, tls: false } } })).toMatchObject({
            ok: false,
            problems: [{ key: "stores.redis.tls" }],
        });
    });
});
