import { describe, expect, it } from "vitest";

import { type RegisteredResource, valueAt } from "../helpers/mocks.ts";
import { registeredStack } from "../policies/prod-stack.ts";

/** Why an object may be made before the old one is deleted, by type. Everything else has a name that only one object can have. */
const freeNames: Readonly<Record<string, string>> = {
    "random:index/randomPassword:RandomPassword": "it is a value in the state and no object: old and new don't meet",
    "pulumi:providers:random": "it is a client of nothing",
    "pulumi:providers:kafka": "it is a connection: other brokers are an update of it, which replaces nothing",
    "pulumi:providers:postgresql": "it is a connection: another server is an update of it, which replaces nothing",
};

/** Objects whose change replaces them while users are there, as intended: they ask nobody. */
const replacedAtWill = ["kafka:index/quota:Quota", "kubernetes:batch/v1:Job"];

describe.each(["prod", "lab"] as const)("what the %s stack declares", (environment) => {
    it("is deleted before it is made anew, or has a generated name, or a reason", async () => {
        const { resources } = await registeredStack(environment);
        const made = resources.filter(({ custom, type }) => custom && !type.startsWith("pulumi:pulumi:"));
        expect(made.length).toBeGreaterThan(80);
        const wiped = made.filter((resource) => resource.deleteBeforeReplace !== true && !hasGeneratedName(resource) && freeNames[resource.type] === undefined);
        expect(wiped.map(({ type, name }) => `${type} ${name}`)).toEqual([]);
    });

    it("with a generated name is never deleted first: pods would miss it", async () => {
        const { resources } = await registeredStack(environment);
        const generated = resources.filter(hasGeneratedName);
        expect(generated.length).toBeGreaterThan(3);
        expect(generated.filter(({ deleteBeforeReplace }) => deleteBeforeReplace === true).map(({ name }) => name)).toEqual([]);
    });

    it("asks the live route before it is deleted, or a rollout can do without it", async () => {
        const { resources } = await registeredStack(environment);
        const silent = resources.filter(
            ({ custom, type, hooks }) => custom && hooks.beforeDelete === undefined && /^(?:kubernetes|kafka|postgresql):/.test(type),
        );
        const unexplained = silent.filter((resource) => !replacedAtWill.includes(resource.type) && !isFileOfAJob(resource));
        expect(unexplained.map(({ type, name }) => `${type} ${name}`)).toEqual([]);
    });
});

/** Kubernetes names it: the program gives no `metadata.name`. */
function hasGeneratedName({ type, inputs }: RegisteredResource): boolean {
    return type.startsWith("kubernetes:") && valueAt(inputs, "metadata.name") === undefined;
}

/** What backups, migrations and the watchdog mount: a pod of theirs that starts in between starts again. */
function isFileOfAJob(resource: RegisteredResource): boolean {
    return hasGeneratedName(resource);
}
