import { describe, expect, it } from "vitest";

import { addForecast } from "../../../../rollout/cli/commands/forecast.ts";
import { exitCode } from "../../../../rollout/cli/exit-code.ts";
import { evidenceOf } from "../../report/fixture.ts";
import { fakeSession, runCommand } from "../fake-session.ts";

/** What users do: as many requests over ten minutes, or over a hundred times as long. */
const busy = evidenceOf("2025-10-26T07:00:00.000Z", 600, 25);
const quiet = { ...busy, windowSeconds: 600 * 500 };

describe("rollout forecast", () => {
    it.each([
        { what: "enough users", evidence: { ...busy, windowSeconds: 10 }, code: exitCode.done, says: "can be shown in its time" },
        { what: "few users", evidence: quiet, code: exitCode.hold, says: "Even a clean candidate does not show in time" },
    ])("ends by whether a healthy candidate gets through: $what", async ({ evidence, code, says }) => {
        const ran = await runCommand(
            (program, open) => {
                addForecast(program, open, () => Promise.resolve(evidence));
            },
            fakeSession(),
            ["forecast"],
        );
        expect(ran.error).toBeUndefined();
        expect(ran.out).toContain(says);
        expect(ran.exitCode).toBe(code);
    });

    it("says as JSON what takes how long", async () => {
        const ran = await runCommand(
            (program, open) => {
                addForecast(program, open, () => Promise.resolve(busy));
            },
            fakeSession(),
            ["forecast", "--json"],
        );
        expect(JSON.parse(ran.out)).toMatchObject({
            traffic: { requestsPerSecond: { value: 120 } },
            steps: [{ weightPercent: 10 }, { weightPercent: 25 }, { weightPercent: 50 }, { weightPercent: 100 }],
        });
    });

    it.each(["0", "x", "2000"])("refuses to look back for %s minutes", async (minutes) => {
        expect((await runCommand(addForecast, fakeSession(), ["forecast", "--minutes", minutes])).error?.message).toContain("minutes");
    });
});
