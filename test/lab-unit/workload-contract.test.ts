import { readFileSync } from "node:fs";
import { join } from "node:path";

import { beforeAll, describe, expect, it } from "vitest";

import { ProcessMetrics } from "../../lab/workload/process-metrics.ts";
import { callOf, routeNames } from "../../lab/workload/route.ts";

const page = readFileSync(join(import.meta.dirname, "../../docs/service-contract.md"), "utf8");

/** Rows of the page's table whose header begins like this, each a list of its cells. */
function rowsOf(header: string): readonly (readonly string[])[] {
    const lines = page.split("\n");
    const start = lines.findIndex((line) => line.startsWith(header)) + 2;
    const end = lines.findIndex((line, index) => index >= start && !line.startsWith("|"));
    return lines.slice(start, end).map((line) =>
        line
            .split("|")
            .slice(1, -1)
            .map((cell) => cell.trim()),
    );
}

/** Words between backquotes. */
const quoted = (text: string): readonly string[] => [...text.matchAll(/`([^`]+)`/g)].map(([, word = ""]) => word);

/** A label's name with the values that the page lists, if any: `cache` (`hit`, `miss`). */
const labelsOf = (cell: string): readonly { readonly label: string; readonly values: readonly string[] }[] =>
    [...cell.matchAll(/`([a-z_]+)`(?: \(([^)]*)\))?/g)].map(([, label = "", values = ""]) => ({ label, values: quoted(values) }));

describe("the simulator's metrics", () => {
    let text = "";

    beforeAll(async () => {
        const read = () => ({ cpuSeconds: 0, memoryBytes: 0, inFlight: 0, testersInFlight: 1, pool: { inUse: 0, idle: 0, waiting: 0 } });
        const metrics = new ProcessMetrics("v1-0-0", 0, read);
        // What testers ask has series of its own from the first such request on.
        metrics.answered("testers", "feed", 200, "hit", 0.01);
        metrics.timedOut("testers", "feed");
        metrics.lookedUp("testers", "hit");
        metrics.connectionFailed("testers");
        metrics.event("testers", "accepted");
        metrics.line("testers", "error");
        text = await metrics.text();
    });

    const declared = rowsOf("| metric ").flatMap(([names = "", types = "", labels = ""]) =>
        quoted(names).map((name, index, all) => ({
            name,
            type: (all.length === 1 ? types.replace(/,.*/, "") : (types.split(", ")[index] ?? "")).trim(),
            labels: labelsOf(labels.replaceAll(/\bsee\b.*/g, "")),
        })),
    );

    it("are described by a page that this test can read", () => {
        expect(declared.length).toBeGreaterThan(10);
        expect(declared.find(({ name }) => name === "cache_requests_total")).toEqual({
            name: "cache_requests_total",
            type: "counter",
            labels: [
                { label: "result", values: ["hit", "miss", "error"] },
                { label: "audience", values: [] },
            ],
        });
    });

    it("are exactly those of the contract", () => {
        const shown = [...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name, type]) => `${name ?? ""} ${type ?? ""}`);
        expect(shown.toSorted()).toEqual(declared.map(({ name, type }) => `${name} ${type}`).toSorted());
    });

    it.each(declared)("$name has the labels of the contract, with all values that it lists", ({ name, labels }) => {
        const series = text.split("\n").filter((line) => new RegExp(`^${name}(_bucket|_sum|_count)?[{ ]`).test(line));
        expect(series.length).toBeGreaterThan(0);
        const names = new Set(series.flatMap((line) => [...line.matchAll(/[{,]([a-z_]+)="/g)].map(([, label]) => label)));
        names.delete("le");
        expect([...names].toSorted()).toEqual(labels.map(({ label }) => label).toSorted());
        for (const { label, values } of labels) {
            const shown = new Set(series.flatMap((line) => [...line.matchAll(new RegExp(`[{,]${label}="([^"]*)"`, "g"))].map(([, value]) => value)));
            expect(values.filter((value) => value !== "..." && !shown.has(value))).toEqual([]);
        }
    });

    it("has the buckets of the contract", () => {
        const [, listed = ""] = /Buckets \(seconds\): ([\d. ]+)\. /.exec(page) ?? [];
        const shown = [...text.matchAll(/http_request_duration_seconds_bucket\{le="([^"]+)",route="feed",cache="hit"\}/g)].map(([, bound]) => bound);
        expect(shown).toEqual([...listed.split(" "), "+Inf"]);
    });
});

describe("the simulator's routes", () => {
    const listed = rowsOf("| request ").flatMap(([requests = "", , label = ""]) => quoted(requests).map((request) => ({ request, label })));

    it.each(listed.filter(({ request }) => /^(GET|POST) |^\/health/.test(request)))("serve '$request'", ({ request, label }) => {
        const [, method = "GET", path = request] = /^(GET|POST) (.*)$/.exec(request) ?? [];
        const call = callOf(method, path);
        expect("route" in call ? `\`${call.route}\`` : "not counted").toBe(label);
        expect(call.kind).not.toBe("none");
    });

    it("are all in the contract", () => {
        expect([...new Set(listed.flatMap(({ label }) => quoted(label)))].toSorted()).toEqual([...routeNames].toSorted());
    });
});
