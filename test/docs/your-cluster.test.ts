import { readFileSync } from "node:fs";

import { describe, expect, it } from "vitest";

import { needsOf } from "../../config/cluster-needs.ts";
import { parseConfig } from "../../config/parse.ts";
import { doctorChecks } from "../../rollout/doctor/live/checks.ts";
import { labVariables, readStack, withOwnEventStore } from "../config/stack-files.ts";
import { registeredStack } from "../policies/prod-stack.ts";

const page = readFileSync(new URL("../../docs/your-cluster.md", import.meta.url), "utf8");
const command = readFileSync(new URL("../../docs/rollout-command.md", import.meta.url), "utf8");

/** Rows of the table between two markers, its header left out. */
function rows(marker: string): readonly (readonly string[])[] {
    const [, table = ""] = page.split(new RegExp(`<!-- (?:end of )?${marker} -->`));
    return table
        .split("\n")
        .filter((line) => line.startsWith("| "))
        .slice(2)
        .map((line) => line.split("|").map((cell) => cell.trim()));
}

function codeIn(text = ""): readonly string[] {
    return [...text.matchAll(/`([^`]+)`/g)].map(([, code = ""]) => code);
}

/** What is about the rollout itself, and not about what a cluster must have before. */
const ofTheRollout = ["route", "testers"];

const image = `registry.example.com/nova/watchdog:1.0.0@sha256:${"a".repeat(64)}`;
const podLogs = { podLogs: { selectLabels: {} } };
const stacks = [
    { what: "the lab's", environment: "lab", changes: {} },
    { what: "prod's", environment: "prod", changes: {} },
    { what: "prod's with all that can be declared", environment: "prod", changes: { watchdog: { image } }, observability: podLogs },
    {
        what: "one whose stores others run, and that is watched by nothing",
        environment: "lab",
        changes: {
            stores: {
                redis: { kind: "external", host: "redis.example.com", port: 6379, tls: true },
                clickhouse: { kind: "external", host: "clickhouse.example.com", port: 8443, tls: true },
            },
        },
    },
] as const;

/** The config of a stack with changes. Of `stores` and `observability`, what is not named stays. */
function changed(stack: (typeof stacks)[number]): Readonly<Record<string, unknown>> {
    const config = withOwnEventStore(readStack(stack.environment));
    const merge = (key: string, change: object | undefined) => (change === undefined ? {} : { [key]: { ...(config[key] as object), ...change } });
    const { stores, ...others } = { stores: undefined, ...stack.changes };
    return { ...others, ...merge("stores", stores), ...merge("observability", "observability" in stack ? stack.observability : undefined) };
}

describe("what the doctor looks for on a cluster", () => {
    it.each(stacks)("is every kind that $what program registers, where its objects are, and no other", async (stack) => {
        const changes = changed(stack);
        const { resources } = await registeredStack(stack.environment, { rolloutPercent: 10, candidate: true }, changes);
        const registered = resources
            .filter(({ type, custom }) => custom && type.startsWith("kubernetes:"))
            .map(({ type }) => {
                const [, version = "", kind = ""] = type.split(":");
                return `${version.replace(/^core\//, "")} ${kind}`;
            });
        const parsed = parseConfig(
            { ...withOwnEventStore(readStack(stack.environment)), ...changes },
            { variables: labVariables, secretKeys: new Set(["postgresAdminPassword"]) },
        );
        if (!parsed.ok) {
            throw new Error(parsed.problems.map(({ key, problem, fix }) => `${key} ${problem}: ${fix}`).join("\n"));
        }
        const needed = needsOf(parsed.config).kinds.map(({ apiVersion, kind }) => `${apiVersion} ${kind}`);
        expect([...new Set(needed)].toSorted()).toEqual([...new Set(registered)].toSorted());
    });

    it("is in the page's table, row by row, and in the list of checks", () => {
        const named = rows("cluster table").flatMap((row) => codeIn(row[2]));
        const asked = doctorChecks.map(({ name }) => name);
        expect(named.toSorted()).toEqual(asked.filter((name) => !ofTheRollout.includes(name)).toSorted());
        const listed = codeIn(command.split("## The doctor")[1]?.split("## ")[0]).filter((code) => asked.includes(code));
        expect([...new Set(listed)].toSorted()).toEqual(asked.toSorted());
    });

    it("has its kinds and versions in the page: those that the stack declares with everything on, and no other", () => {
        const documented = rows("kinds").flatMap(([, apiVersion = "", kinds = ""]) =>
            kinds.split(", ").map((kind) => `${codeIn(apiVersion)[0] ?? ""} ${kind}`),
        );
        const stack = stacks[2];
        const config = { ...withOwnEventStore(readStack("prod")), ...changed(stack) };
        const migration = {
            stores: {
                ...(config.stores as object),
                postgres: { ...(config.stores as { postgres: object }).postgres, migration: { image, command: ["true"] } },
            },
        };
        const parsed = parseConfig({ ...config, ...migration }, { variables: {}, secretKeys: new Set(["postgresAdminPassword"]) });
        if (!parsed.ok) {
            throw new Error(parsed.problems.map(({ key, problem, fix }) => `${key} ${problem}: ${fix}`).join("\n"));
        }
        const needed = needsOf(parsed.config).kinds.map(({ apiVersion, kind }) => `${apiVersion} ${kind}`);
        expect(documented.toSorted()).toEqual([...new Set(needed)].toSorted());
    });
});
