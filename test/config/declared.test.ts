import { describe, expect, it } from "vitest";

import { declaredBy } from "../../config/declared.ts";
import { parseConfig } from "../../config/parse.ts";
import { readStack, withOwnEventStore } from "../config/stack-files.ts";

function prod() {
    const parsed = parseConfig(withOwnEventStore(readStack("prod")), { variables: {}, secretKeys: new Set(["postgresAdminPassword"]) });
    if (!parsed.ok) {
        throw new Error(parsed.problems.map(({ key, problem, fix }) => `${key} ${problem}: ${fix}`).join("\n"));
    }
    return parsed.config;
}

describe("the dashboards that a preflight looks for", () => {
    it("are those of the stores that the stack runs", () => {
        expect(declaredBy(prod()).dashboards).toContain("video-ranking-redis");
    });

    it("leave out a store that another team runs", () => {
        const config = prod();
        const redis = { kind: "external", host: "redis.example.com", port: 6379, tls: true } as const;
        const { dashboards } = declaredBy({ ...config, stores: { ...config.stores, redis } });
        expect(dashboards).not.toContain("video-ranking-redis");
        expect(dashboards).toContain("video-ranking-clickhouse");
    });
});
