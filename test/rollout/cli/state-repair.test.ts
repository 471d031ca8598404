import { describe, expect, it } from "vitest";

import { whyToRepair, whyUnreadable } from "../../../rollout/cli/engine-state.ts";
import { pendingOperations, repairState } from "../../../rollout/cli/state-repair.ts";

interface Entry {
    readonly type: string;
    readonly name: string;
    readonly inputs?: Readonly<Record<string, unknown>>;
    readonly id?: string;
    readonly delete?: boolean;
    readonly custom?: boolean;
}

const entry = ({ type, name, ...more }: Entry) => ({ urn: `urn:pulumi:prod::api::${type}::${name}`, type, custom: true, ...more });

function exported(resources: readonly Entry[], creating: readonly Entry[], others: readonly { readonly type: string; readonly resource: Entry }[] = []) {
    return {
        version: 3,
        deployment: {
            manifest: { version: "v3.274.1" },
            resources: resources.map(entry),
            pending_operations: [
                ...creating.map((resource) => ({ type: "creating", resource: entry(resource) })),
                ...others.map(({ type, resource }) => ({ type, resource: entry(resource) })),
            ],
        },
    };
}

const file = (name: string): Entry => ({
    type: "kubernetes:core/v1:ConfigMap",
    name: "files",
    inputs: { metadata: { namespace: "prod", name, annotations: { "pulumi.com/autonamed": "true" } } },
});

describe("what a killed update had begun to create", () => {
    it.each([
        { type: "kubernetes:apps/v1:StatefulSet", inputs: { metadata: { namespace: "prod", name: "redis" } }, id: "prod/redis" },
        { type: "kubernetes:core/v1:Namespace", inputs: { metadata: { name: "prod" } }, id: "prod" },
        { type: "kubernetes:core/v1:Secret", inputs: { metadata: { namespace: "prod", name: "files-1a2b3c4d" } }, id: "prod/files-1a2b3c4d" },
        { type: "kafka:index/topic:Topic", inputs: { name: "api.events", partitions: 3 }, id: "api.events" },
        { type: "postgresql:index/role:Role", inputs: { name: "api_owner" }, id: "api_owner" },
        { type: "postgresql:index/database:Database", inputs: { name: "api" }, id: "api" },
    ])("goes into the state under the id that its name gives: $type", ({ type, inputs, id }) => {
        const { state, creates } = repairState(exported([], [{ type, name: "it", inputs }]));
        expect(creates).toEqual([{ kind: "adopt", urn: entry({ type, name: "it" }).urn, id }]);
        expect(state.deployment.resources).toEqual([entry({ type, name: "it", inputs, id, ...{ outputs: inputs } })]);
        expect(state.deployment.pending_operations).toEqual([]);
    });

    it.each([
        "random:index/randomPassword:RandomPassword",
        "kafka:index/acl:Acl",
        "kafka:index/quota:Quota",
        "kafka:index/userScramCredential:UserScramCredential",
        "postgresql:index/grant:Grant",
        "postgresql:index/defaultPrivileges:DefaultPrivileges",
        "postgresql:index/schema:Schema",
        "pulumi:providers:kubernetes",
    ])("is made again where that is the same as to change it: %s", (type) => {
        const { state, creates } = repairState(exported([], [{ type, name: "it", inputs: { name: "it" } }]));
        expect(creates).toEqual([{ kind: "again", urn: entry({ type, name: "it" }).urn }]);
        expect(state.deployment.resources).toEqual([]);
    });

    it("is made again where it is a component, which has no object of its own", () => {
        const component = { type: "nova:redis:RedisCluster", name: "it", custom: false };
        expect(repairState(exported([], [component])).creates).toEqual([{ kind: "again", urn: entry(component).urn }]);
    });

    it.each([
        { what: "a type of which nothing is known", type: "aws:s3/bucket:Bucket", inputs: { name: "logs" } },
        {
            what: "a name that is no plain text",
            type: "kubernetes:core/v1:Secret",
            inputs: { metadata: { "4dabf18193072939515e22adb298388d": "1b47", ciphertext: "v1:" } },
        },
        { what: "a topic without a name", type: "kafka:index/topic:Topic", inputs: {} },
    ])("is left to a person: $what", ({ type, inputs }) => {
        const { state, creates } = repairState(exported([], [{ type, name: "it", inputs }]));
        expect(creates).toMatchObject([{ kind: "unknown" }]);
        expect(state.deployment.resources).toEqual([]);
    });

    it("is a leftover where a later update has made another one under a generated name", () => {
        const live = { ...file("files-2"), id: "prod/files-2" };
        const { state, creates } = repairState(exported([live], [file("files-1")]));
        expect(creates).toMatchObject([{ kind: "leftover", id: "prod/files-1" }]);
        expect(state.deployment.resources).toMatchObject([{ id: "prod/files-2" }, { id: "prod/files-1", delete: true }]);
    });

    it("is in the state once, and the rest is left over, after several updates that were killed", () => {
        const { state, creates } = repairState(exported([], [file("files-1"), file("files-2")]));
        expect(creates).toMatchObject([
            { kind: "leftover", id: "prod/files-1" },
            { kind: "adopt", id: "prod/files-2" },
        ]);
        expect(state.deployment.resources.filter((resource) => resource.delete !== true)).toMatchObject([{ id: "prod/files-2" }]);
    });

    it("is in the state already where a later update got to it", () => {
        const redis = { type: "kubernetes:apps/v1:StatefulSet", name: "redis", inputs: { metadata: { namespace: "prod", name: "redis" } } };
        const { state, creates } = repairState(exported([{ ...redis, id: "prod/redis" }], [redis]));
        expect(creates).toMatchObject([{ kind: "again" }]);
        expect(state.deployment.resources).toHaveLength(1);
    });
});

describe("other operations that were broken off", () => {
    const updating = { type: "updating", resource: { ...file("files-1"), id: "prod/files-1" } } as const;

    it("are left to the refresh, and hold up no update", () => {
        const state = exported([{ ...file("files-1"), id: "prod/files-1" }], [], [updating]);
        expect(repairState(state).creates).toEqual([]);
        expect(pendingOperations(state)).toMatchObject([{ type: "updating" }]);
        expect(whyToRepair(state, "prod")).toBeUndefined();
    });

    it("do not hide a creation: the next update is told what to run", () => {
        expect(whyToRepair(exported([], [file("files-1")], [updating]), "prod")).toMatch(/created 1 object, .*What to do: run 'rollout repair --stack prod'/);
    });

    it("are none in a new stack", () => {
        expect(pendingOperations({ version: 3, deployment: {} })).toEqual([]);
    });
});

describe("a state that can't be read after a kill", () => {
    it.each([
        {
            message:
                "stderr: error: the stack is currently locked by 1 lock(s). Either wait ...\n  file:///s/.pulumi/locks/x.json: created by root@host (pid 42) at 2026-11-30T10:00:00Z\n",
            says: /locked, created by root@host \(pid 42\) at .*'pulumi cancel --yes --stack prod'/,
        },
        { message: "stderr: error: failed to load checkpoint: EOF\n err?: ...", says: /the state itself is whole\. What to do: .*prod\.json\*\.attrs/ },
        { message: "error: failed to load checkpoint: unexpected EOF", says: /the state itself is whole/ },
        { message: "error: no stack named 'prod' found", says: /^error: no stack named 'prod' found$/ },
    ])("is told with what to do: $message", ({ message, says }) => {
        expect(whyUnreadable("prod", message)).toMatch(says);
    });
});
