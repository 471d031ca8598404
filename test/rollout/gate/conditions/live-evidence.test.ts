import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { LiveEvidence } from "../../../../rollout/gate/conditions/live-evidence.ts";
import type { TestersConfig } from "../../../../rollout/settings/gateway.ts";
import { profile } from "../../../../service/profile.ts";
import { GatewayPlayer } from "../../../service/probes/gateway-player.ts";

describe("probes of a candidate", () => {
    const [users, testers] = [new GatewayPlayer(), new GatewayPlayer()];
    let urls: readonly [string, string];

    beforeEach(async () => {
        urls = [await users.start(), await testers.start()];
    });
    afterEach(async () => {
        await Promise.all([users.stop(), testers.stop()]);
    });

    it("go to the testers' own Gateway with their host name, and not to the users', where testers have one", async () => {
        const way: TestersConfig = { kind: "host", hostname: "api.internal.example.com", gateway: { name: "internal", namespace: "edge" }, url: urls[1] };
        const live = new LiveEvidence(
            {
                profile,
                namespace: "prod",
                service: "api",
                hostname: "api.example.com",
                gateway: { testers: way },
                timeScale: 1,
                metrics: { prometheusUrl: "http://127.0.0.1:1", gatewayUrl: urls[0], scrapeIntervalSeconds: 15 },
            },
            { pods: () => Promise.resolve([]), autoscaler: () => Promise.resolve(undefined), serverNow: () => Promise.resolve(new Date(0)) },
            () => Promise.resolve({}),
        );
        // The player answers as v1 to a request without a key.
        expect(await live.probe("v1", ["trending"])).toMatchObject({ trending: { kind: "passed" } });
        await live.close();
        expect(new Set(testers.requests.map(({ host }) => host))).toEqual(new Set(["api.internal.example.com"]));
        expect(users.requests).toEqual([]);
    });
});
