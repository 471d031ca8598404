import { execa } from "execa";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { ensureTools } from "../../../lab/toolchain/ensure.ts";
import { toolPath } from "../../../lab/toolchain/paths.ts";
import { rollbackAlerts } from "../../../observability/alerts/rollback.ts";
import { answered } from "../../../observability/alerts/traffic-cases.ts";
import { type CaseSeries, fires, growing, quiet } from "../../../observability/cases.ts";
import { alertGroups, alertsOf, recordingGroups, ruleGroups } from "../../../observability/catalogue.ts";
import { documented as example } from "../../../config/observability-pages.ts";
import { exampleCandidate } from "../../../observability/example.ts";
import { hours, minutes } from "../../../rollout/gate/gateway-series/promql.ts";
import { type RuleTest, ruleFile, testFile, testsOf, withRecordings } from "../../../observability/promtool.ts";
import type { AlertCase, RuleGroup } from "../../../observability/rule.ts";
import { gatewayKinds } from "../../rollout/gate/gateway-series/gateways.ts";
import { normalRollout, quietMinutes } from "../../observability/normal-rollout.ts";

let folder = "";

/** The oldest Prometheus that is supported, and the newest: users have both. */
const majors = ["promtool-2", "promtool"] as const;

beforeAll(async () => {
    await ensureTools(majors);
    folder = await mkdtemp(join(tmpdir(), "nova-rules-"));
});

afterAll(async () => {
    await rm(folder, { recursive: true, force: true });
});

/** What `promtool test rules` says about tests of `groups`; undefined when all are as expected. */
async function failuresBy(
    promtool: string,
    name: string,
    groups: readonly RuleGroup[],
    tests: readonly RuleTest[],
    intervalSeconds: number,
): Promise<string | undefined> {
    const [rules, cases] = [`${name}-${String(intervalSeconds)}.rules.yaml`, `${name}-${String(intervalSeconds)}.test.yaml`];
    await writeFile(join(folder, rules), ruleFile(example, groups, intervalSeconds));
    await writeFile(join(folder, cases), testFile(example, rules, groups, tests, intervalSeconds));
    const { exitCode, all } = await execa(promtool, ["test", "rules", cases], { cwd: folder, reject: false, all: true });
    return exitCode === 0 ? undefined : all;
}

describe.each(majors)("%s", (major) => {
    const promtool = toolPath(major);
    const failures = async (name: string, groups: readonly RuleGroup[], tests: readonly RuleTest[], intervalSeconds: number): Promise<string | undefined> =>
        failuresBy(promtool, name, groups, tests, intervalSeconds);

    it("takes every rule", async () => {
        await writeFile(join(folder, "rules.yaml"), ruleFile(example, ruleGroups(example)));
        const { stdout } = await execa(promtool, ["check", "rules", "--lint=all", "--lint-fatal", "rules.yaml"], { cwd: folder });
        expect(stdout).toContain(`${String(ruleGroups(example).flatMap(({ recordings, alerts }) => [...recordings, ...alerts]).length)} rules found`);
    });

    it.each(alertGroups(example))("finds that the alerts of '$name' fire when they should and not otherwise", async (group) => {
        const groups = withRecordings(group, recordingGroups(example));
        for (const [intervalSeconds, tests] of Map.groupBy(group.alerts.flatMap(testsOf), (test) => test.intervalSeconds)) {
            expect(await failures(group.name, groups, tests, intervalSeconds)).toBeUndefined();
        }
    });

    it.each(gatewayKinds)("takes every rule of a stack with $gateway.kind, and sees what users got", async ({ gateway, answers, broken }) => {
        const scope = { ...example, gateway };
        const group = rollbackAlerts(scope);
        const alert = group.alerts.filter(({ name }) => name === "CandidateErrorsCallForRollback");
        const service = `${example.service}-${exampleCandidate}`;
        const healthy = answered(exampleCandidate, 100, 0, 15);
        const titles = (title: string, series: CaseSeries): AlertCase =>
            fires(title, { ...healthy, ...series }, minutes(12), [
                {
                    labels: { revision: exampleCandidate, view: "gateway" },
                    description: `6% of the requests to ${exampleCandidate} fail, as the gateway counted them; from 5 % on it must be rolled back.`,
                },
            ]);
        const cases = [
            titles("when 6 of 100 answers are 503", { [answers(service, "200")]: growing(94, 15), [answers(service, "503")]: growing(6, 15) }),
            ...(broken === undefined
                ? []
                : [titles("when 6 of 100 connections break", { [answers(service, "200")]: growing(94, 15), [broken(service)]: growing(6, 15) })]),
            quiet(
                "when testers alone fail",
                { ...healthy, [answers(service, "200")]: growing(100, 15), [answers(`${service}-testers`, "503")]: growing(100, 15) },
                minutes(12),
            ),
        ];
        const tests = alert.flatMap((each) => testsOf({ ...each, cases }));

        await writeFile(join(folder, `${gateway.kind}.yaml`), ruleFile(example, ruleGroups(scope)));
        await execa(promtool, ["check", "rules", "--lint=all", "--lint-fatal", `${gateway.kind}.yaml`], { cwd: folder });
        expect(tests.length).toBeGreaterThan(1);
        expect(await failures(`gateway-${gateway.kind}`, withRecordings(group, recordingGroups(scope)), tests, 60)).toBeUndefined();
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
