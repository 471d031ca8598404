import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { parseConfig } from "../../../config/parse.ts";
import { stackRollout } from "../../../rollout/pulumi/stack-rollout.ts";
import { profile } from "../../../service/profile.ts";
import { labVariables, readStack } from "../../config/stack-files.ts";
import { buildStack } from "../../helpers/mocks.ts";
import { FakeApiServer } from "../kubernetes/fake-api-server.ts";

/** The lab's stack, with what is different, on the API server of this test. */
function configWith(change: Readonly<Record<string, unknown>> = {}) {
    const parsed = parseConfig({ ...readStack("lab"), ...change }, { variables: { ...labVariables, NOVA_KUBECONTEXT: "lab" }, secretKeys: new Set() });
    if (!parsed.ok) {
        throw new Error(JSON.stringify(parsed.problems));
    }
    return parsed.config;
}

describe("the rollout that a stack's config asks for", () => {
    let server: FakeApiServer;
    beforeEach(() => {
        server = new FakeApiServer();
    });
    afterEach(() => {
        server.remove();
    });

    const rolloutOf = async (change?: Readonly<Record<string, unknown>>) => {
        const { result } = await buildStack(() => stackRollout({ profile, config: configWith(change) }));
        return result;
    };

    it("is what the config says, on the route as it is before anything changes", async () => {
        await server.answer(() => ({ status: 404, body: { kind: "Status", code: 404, message: "no such route" } }));
        const { args, target } = await rolloutOf({ gates: { kind: "full" } });
        expect(args).toMatchObject({ profile, namespaceName: "nova-lab", weightPercent: 0, seen: { kind: "absent" }, enforcement: { kind: "full" } });
        expect(args.conditions).toHaveLength(1);
        expect(target).toMatchObject({ namespace: "nova-lab", service: args.design.service, profile });
        expect(server.requests.map(({ method }) => method)).toEqual(["GET"]);
    });

    it("asks for the order of steps alone where the config does", async () => {
        await server.answer(() => ({ status: 404, body: { kind: "Status", code: 404, message: "no such route" } }));
        const { args } = await rolloutOf({ gates: { kind: "order-only", reason: "a trial without users" } });
        expect(args.enforcement).toEqual({ kind: "order-only" });
        expect(args.conditions).toHaveLength(1);
    });

    it("is there where the route can't be read: its guard refuses a step forward, and the way back is open", async () => {
        await server.answer(() => ({ status: 403, body: { kind: "Status", code: 403, message: "httproutes is forbidden" } }));
        const { args } = await rolloutOf();
        expect(args.seen).toMatchObject({ kind: "unreachable", reason: expect.stringContaining("httproutes is forbidden") as string });
    });
});
