import { execa } from "execa";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { toolPath } from "../../../lab/toolchain/paths.ts";
import { rollbackAlerts } from "../../../observability/alerts/rollback.ts";
import { alertGroups, alertsOf, recordingGroups, ruleGroups } from "../../../observability/catalogue.ts";
import { example } from "../../../observability/example.ts";
import { hours, minutes } from "../../../observability/promql.ts";
import { type RuleTest, ruleFile, testFile, testsOf, withRecordings } from "../../../observability/promtool.ts";
import type { RuleGroup } from "../../../observability/rule.ts";
import { normalRollout, quietMinutes } from "../../observability/normal-rollout.ts";

let folder = "";

beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "nova-rules-"));
});

afterAll(async () => {
    await rm(folder, { recursive: true, force: true });
});

/** What `promtool test rules` says about tests of `groups`; undefined when all are as expected. */
async function failures(name: string, groups: readonly RuleGroup[], tests: readonly RuleTest[], intervalSeconds: number): Promise<string | undefined> {
    const [rules, cases] = [`${name}-${String(intervalSeconds)}.rules.yaml`, `${name}-${String(intervalSeconds)}.test.yaml`];
    await writeFile(join(folder, rules), ruleFile(example, groups, intervalSeconds));
    await writeFile(join(folder, cases), testFile(example, rules, groups, tests, intervalSeconds));
    const { exitCode, all } = await execa(toolPath("promtool"), ["test", "rules", cases], { cwd: folder, reject: false, all: true });
    return exitCode === 0 ? undefined : all;
}

describe("promtool", () => {
    it("takes every rule", async () => {
        await writeFile(join(folder, "rules.yaml"), ruleFile(example, ruleGroups(example)));
        const { stdout } = await execa(toolPath("promtool"), ["check", "rules", "--lint=all", "--lint-fatal", "rules.yaml"], { cwd: folder });
        expect(stdout).toContain(`${String(ruleGroups(example).flatMap(({ recordings, alerts }) => [...recordings, ...alerts]).length)} rules found`);
    });

    it.each(alertGroups(example))("finds that the alerts of '$name' fire when they should and not otherwise", async (group) => {
        const groups = withRecordings(group, recordingGroups(example));
        for (const [intervalSeconds, tests] of Map.groupBy(group.alerts.flatMap(testsOf), (test) => test.intervalSeconds)) {
            expect(await failures(group.name, groups, tests, intervalSeconds)).toBeUndefined();
        }
    });

    it("notices an alert that does not fire when it should", async () => {
        const group = rollbackAlerts(example);
        const mute: RuleGroup = { ...group, alerts: group.alerts.map((alert) => ({ ...alert, expression: `${alert.expression} > 1e9` })) };
        const tests = group.alerts.flatMap(testsOf);
        const said = await failures("mute", withRecordings(mute, recordingGroups(example)), tests, 60);
        expect(said).toContain("CandidateErrorsCallForRollback fires when 6 of 100 fail");
        expect(said).not.toContain("CandidateErrorsCallForRollback is quiet");
    });

    it("finds that nothing but what asks for absence fires where there is no data", async () => {
        const looks = alertsOf(example).map((alert) => ({
            alert,
            atSeconds: hours(3),
            fires: alert.name === "Watchdog" ? [{ labels: {} }] : (alert.onAbsence ?? []),
        }));
        const test = { name: "no data at all", intervalSeconds: minutes(5), series: {}, looks };
        expect(await failures("absence", ruleGroups(example), [test], minutes(5))).toBeUndefined();
    });

    it("finds that a rollout in which nothing goes wrong calls nobody", async () => {
        const looks = quietMinutes.flatMap((minute) =>
            alertsOf(example)
                .filter(({ name }) => name !== "RolloutInProgress" && name !== "Watchdog")
                .map((alert) => ({ alert, atSeconds: minutes(minute), fires: [] })),
        );
        const test = { name: "a normal rollout", intervalSeconds: minutes(1), series: normalRollout(), looks };
        expect(await failures("normal", ruleGroups(example), [test], minutes(1))).toBeUndefined();
    });
});
