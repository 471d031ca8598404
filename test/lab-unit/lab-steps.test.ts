import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Step } from "../../lab/steps.ts";
import { begin, SkippedError, stopWaves } from "../../lab/steps.ts";

function step(name: string, needs: readonly string[], run: Step["run"] = () => Promise.resolve("done")): Step {
    return { name, needs, run };
}

describe("beginning steps", () => {
    it("runs a step after those it needs, and independent ones side by side", async () => {
        const order: string[] = [];
        let finishStore: (done: string) => void = () => undefined;
        const outcomes = begin([
            step("store", [], () => new Promise((resolve) => (finishStore = resolve))),
            step("server", ["store"], () => Promise.resolve(String(order.push("server")))),
            step("broker", [], () => Promise.resolve(String(order.push("broker")))),
        ]);
        await outcomes.get("broker");
        finishStore("done");
        await outcomes.get("server");
        expect(order).toEqual(["broker", "server"]);
    });

    it("skips what needs a failed step, directly or not, and does the rest", async () => {
        const outcomes = begin([
            step("store", [], () => Promise.reject(new Error("no disk"))),
            step("server", ["store"]),
            step("nodes", ["server"]),
            step("broker", []),
        ]);
        await expect(outcomes.get("store")).rejects.toThrow("no disk");
        await expect(outcomes.get("server")).rejects.toBeInstanceOf(SkippedError);
        await expect(outcomes.get("nodes")).rejects.toThrow("nodes was not started: server failed");
        await expect(outcomes.get("broker")).resolves.toBe("done");
    });

    it("refuses a step that needs an unknown one", () => {
        expect(() => begin([step("server", ["store"])])).toThrow("step server needs store, which is not before it");
    });
});

describe("waves of an orderly end", () => {
    it("stop nothing before what needs it, and everything once", () => {
        // A random graph without circles: each name may need only earlier ones.
        const graph = fc
            .integer({ min: 1, max: 8 })
            .chain((size) => fc.tuple(...Array.from({ length: size }, (_, index) => fc.subarray(Array.from({ length: index }, (_, earlier) => earlier)))));
        fc.assert(
            fc.property(graph, (needs) => {
                const names = needs.map((_, index) => index).map(String);
                const needed = (name: string): readonly string[] => (needs[Number(name)] ?? []).map(String);
                const waves = stopWaves(names, needed);
                expect(waves.flat().toSorted()).toEqual(names.toSorted());
                const waveOf = (name: string): number => waves.findIndex((wave) => wave.includes(name));
                for (const name of names) {
                    for (const need of needed(name)) {
                        expect(waveOf(name)).toBeLessThan(waveOf(need));
                    }
                }
            }),
        );
    });

    it("names those in a circle", () => {
        expect(() => stopWaves(["a", "b"], (name) => (name === "a" ? ["b"] : ["a"]))).toThrow("in a circle: a, b");
    });
});
