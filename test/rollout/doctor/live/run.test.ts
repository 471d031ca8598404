import { describe, expect, it } from "vitest";

import type { DoctorCheck } from "../../../../rollout/doctor/live/checks.ts";
import type { DoctorContext } from "../../../../rollout/doctor/live/context.ts";
import { runDoctor } from "../../../../rollout/doctor/live/run.ts";
import { contextOf } from "../context.ts";

const context: DoctorContext = contextOf();
const check = (name: string, look: DoctorCheck["look"]): DoctorCheck => ({ name, about: name, look });

describe("a run of the doctor", () => {
    it("gives each check's finding in the checks' order, and no check stops another", async () => {
        const checks = [
            check("throws", () => Promise.reject(new Error("the server hung up"))),
            check("fine", () => Promise.resolve({ state: "ok", text: "fine" })),
        ];
        expect(await runDoctor(context, { checks })).toMatchObject([
            { check: "throws", state: "unknown", text: expect.stringContaining("the server hung up") as string },
            { check: "fine", state: "ok" },
        ]);
    });

    it("takes a check that is still looking for unknown, and tells it to stop", async () => {
        let stopped = false;
        const hangs = check("hangs", async (_, __, signal) => {
            signal.addEventListener("abort", () => (stopped = true));
            return new Promise(() => undefined);
        });
        expect(await runDoctor(context, { checks: [hangs], timeoutMs: 20 })).toMatchObject([{ state: "unknown", text: "no answer within 0.02 s" }]);
        expect(stopped).toBe(true);
    });
});
