import { describe, expect, it } from "vitest";

import type { ProbeRunner } from "../../../../../rollout/gate/live/probes.ts";
import type { ProbeResult } from "../../../../../rollout/gate/evidence.ts";
import { Setup } from "./setup.ts";

const setup = new Setup();
const close = (): Promise<void> => Promise.resolve();

describe("probes in evidence", () => {
    it.each<{ readonly what: string; readonly runner: ProbeRunner | undefined; readonly api: ProbeResult }>([
        {
            what: "there is nothing to run them",
            runner: undefined,
            api: { kind: "failed", reason: "it could not be run: the gateway's address is not configured" },
        },
        { what: "the runner gives no result", runner: { run: () => Promise.resolve({}), close }, api: { kind: "failed", reason: "it gave no result" } },
        {
            what: "the runner breaks",
            runner: { run: () => Promise.reject(new Error("broken")), close },
            api: { kind: "failed", reason: "it could not be run: broken" },
        },
    ])("have failed when $what", async ({ runner, api }) => {
        expect((await setup.collect({ probes: ["api"] }, runner)).probes).toEqual({ api });
    });

    it("are run against the candidate, before metrics are asked for", async () => {
        const ran: (readonly [string, readonly string[], number])[] = [];
        const run: ProbeRunner["run"] = (revision, names) => {
            ran.push([revision, names, setup.player.queries.length]);
            return Promise.resolve({ health: { kind: "passed" } });
        };

        expect((await setup.collect({ probes: ["health"] }, { run, close })).probes).toEqual({ health: { kind: "passed" } });
        expect(ran).toEqual([["v2", ["health"], 0]]);
    });

    it("are left alone when none is asked for", async () => {
        const run: ProbeRunner["run"] = () => Promise.reject(new Error("it was run"));

        expect((await setup.collect({}, { run, close })).probes).toEqual({});
    });
});
