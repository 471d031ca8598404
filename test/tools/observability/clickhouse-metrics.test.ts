import { execa } from "execa";
import { beforeAll, describe, expect, it } from "vitest";

import { ensureTools, toolPath } from "../../../lab/toolchain/index.ts";
import { ensureCommands } from "../../../lab/toolchain/system.ts";
import { clickhouseMetrics } from "../../../observability/metrics/stores.ts";

/** Where ClickHouse itself keeps what its endpoint shows, by the prefix there. The asynchronous metrics are missing: only a server computes them. */
const kept = [
    { prefix: "ClickHouseMetrics_", type: "gauge", query: "SELECT metric FROM system.metrics" },
    { prefix: "ClickHouseProfileEvents_", type: "counter", query: "SELECT event FROM system.events SETTINGS system_events_show_zero_values = 1" },
] as const;

beforeAll(async () => {
    await ensureTools(["chdb"], { progress: "stderr" });
    await ensureCommands(["python3"], () => undefined);
});

/** Names that ClickHouse's embedded engine answers a query with. */
async function namesOf(query: string): Promise<ReadonlySet<string>> {
    const program = "import sys, chdb; print(chdb.query(sys.argv[1], 'TabSeparated'))";
    const { stdout } = await execa("python3", ["-c", program, query], { env: { PYTHONPATH: toolPath("chdb") } });
    return new Set(stdout.split("\n"));
}

describe("ClickHouse's own engine", () => {
    it.each(kept)("counts everything that rules and panels read as $prefix…, and they take it for a $type", async ({ prefix, type, query }) => {
        const read = clickhouseMetrics.filter(({ name }) => name.startsWith(prefix));
        const names = await namesOf(query);

        expect(read.length).toBeGreaterThan(0);
        expect(read.filter(({ name }) => !names.has(name.slice(prefix.length))).map(({ name }) => name)).toEqual([]);
        expect(read.filter((metric) => metric.type !== type).map(({ name }) => name)).toEqual([]);
    });

    it("leaves the asynchronous metrics, which nobody is asked for", () => {
        const left = clickhouseMetrics.filter(({ name }) => !kept.some(({ prefix }) => name.startsWith(prefix)));

        expect(left.map(({ name }) => name.split("_")[0])).toEqual(left.map(() => "ClickHouseAsyncMetrics"));
    });
});
