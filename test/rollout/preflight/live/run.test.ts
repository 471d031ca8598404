import { describe, expect, it } from "vitest";

import { Redaction } from "../../../../rollout/preflight/live/redaction.ts";
import { type Check, type Checks, runChecks } from "../../../../rollout/preflight/live/run.ts";
import { type PreflightCheck, preflightChecks } from "../../../../rollout/checklist/preflight.ts";
import type { PreflightFinding } from "../../../../rollout/preflight/preflight.ts";

const passed: PreflightFinding = { state: "passed", text: "all is well" };

/** Checks that pass, but for those that are given. */
function checks(special: Partial<Record<PreflightCheck, Check>>): Checks {
    const passing: Check = () => Promise.resolve(passed);
    const named = Object.fromEntries(preflightChecks.map((name) => [name, special[name] ?? passing]));
    return { ...withEvery(passing), ...named };
}

function withEvery(check: Check): Checks {
    const [postgres, redis, clickhouse, kafka] = [check, check, check, check];
    const rest = {
        "test-results": check,
        "merged-change": check,
        "release-tag": check,
        "image-in-registry": check,
        "image-attested": check,
        "image-scan": check,
    };
    const cluster = { "backup-age": check, capacity: check, "rollback-rehearsal": check, autoscaling: check, logs: check, certificates: check, routes: check };
    const watching = { scrapes: check, "alert-rules": check, "alert-routes": check, dashboards: check, forecast: check, runbooks: check, notifiers: check };
    return { postgres, redis, clickhouse, kafka, ...rest, ...cluster, ...watching, "staging-baseline": check, "load-test": check };
}

describe("a run of checks", () => {
    it("gives a result for each check, in the checklist's order", async () => {
        const results = await runChecks(checks({}));

        expect(results.map(({ check }) => check)).toEqual(preflightChecks);
        expect(results.every(({ state }) => state === "passed")).toBe(true);
    });

    it.each<{ readonly what: string; readonly check: Check; readonly text: RegExp }>([
        { what: "throws", check: () => Promise.reject(new Error("connect ECONNREFUSED 127.0.0.1:5432")), text: /ECONNREFUSED/ },
        {
            what: "throws before it waits for anything",
            check: () => {
                throw new Error("no URL");
            },
            text: /no URL/,
        },

        { what: "never ends", check: () => new Promise(() => undefined), text: /no result within/ },
    ])("is not stopped by a check that $what", async ({ check, text }) => {
        const results = await runChecks(checks({ redis: check }), { timeoutMs: 50 });

        const [failed, ...others] = results.filter(({ state }) => state !== "passed");
        expect(failed).toMatchObject({ check: "redis", state: "failed", text: expect.stringMatching(text) as string });
        expect(failed?.fix).not.toBe("");
        expect(others).toEqual([]);
        expect(results).toHaveLength(preflightChecks.length);
    });

    it("tells a check that its time is over, so that it can close what it opened", async () => {
        let aborted = false;
        const hanging: Check = (signal) =>
            new Promise(() => {
                signal.addEventListener("abort", () => {
                    aborted = true;
                });
            });

        await runChecks(checks({ kafka: hanging }), { timeoutMs: 20, only: ["kafka"] });

        expect(aborted).toBe(true);
    });

    it("begins all checks before any of them has ended", async () => {
        const gate = Promise.withResolvers<undefined>();
        let begun = 0;
        const waiting: Check = async () => {
            begun++;
            if (begun === preflightChecks.length) {
                gate.resolve(undefined);
            }
            await gate.promise;
            return passed;
        };

        const results = await runChecks(withEvery(waiting), { timeoutMs: 5_000 });

        expect(results.every(({ state }) => state === "passed")).toBe(true);
    });

    it("can be of some checks only", async () => {
        const results = await runChecks(checks({}), { only: ["kafka", "postgres"] });

        expect(results.map(({ check }) => check)).toEqual(["postgres", "kafka"]);
    });

    it("lets no check that was left out pass, and does not run it", async () => {
        let ran = false;
        const watched: Check = () => {
            ran = true;
            return Promise.resolve(passed);
        };

        const results = await runChecks(checks({ "load-test": watched }), { skip: { checks: ["load-test"], reason: "the generator is being repaired" } });

        expect(ran).toBe(false);
        expect(results.find(({ check }) => check === "load-test")).toMatchObject({
            state: "not-configured",
            skippedBecause: "the generator is being repaired",
            text: "skipped: the generator is being repaired",
        });
    });
});

describe("a secret", () => {
    const secret = "pa55/word+with=signs";
    const forms = { "as it is": secret, "in a URL": encodeURIComponent(secret), "in base64": Buffer.from(secret).toString("base64") };

    it.each(Object.entries(forms))("is in no result, %s", async (_, form) => {
        const redaction = new Redaction();
        redaction.note(secret);
        const telling: Check = () =>
            Promise.resolve({
                state: "failed",
                text: `server said ${form}`,
                fix: `not ${form}`,
                evidence: { said: form, list: [`a ${form}`], count: 1, kept: true },
            });

        const results = await runChecks(checks({ redis: telling, kafka: () => Promise.reject(new Error(`refused ${form}`)) }), { redaction });

        expect(JSON.stringify(results)).not.toContain(form);
        expect(results.find(({ check }) => check === "redis")?.evidence).toEqual({ said: "(secret)", list: ["a (secret)"], count: 1, kept: true });
    });

    it("is taken out of any URL, also one that nobody noted", () => {
        expect(new Redaction().text("connect to postgresql://user:hunter2@db.example.com/x failed")).toBe(
            "connect to postgresql://(secret)@db.example.com/x failed",
        );
    });

    it("is taken out as basic authentication has it", () => {
        const redaction = new Redaction();
        redaction.noteLogin({ username: "ci", password: secret });

        expect(redaction.text(`authorization: Basic ${Buffer.from(`ci:${secret}`).toString("base64")}`)).toBe("authorization: Basic (secret)");
    });

    it("that is shorter than a word is left alone, so that it takes no sentence apart", () => {
        const redaction = new Redaction();
        redaction.note("a");

        expect(redaction.text("a cat")).toBe("a cat");
    });
});
