import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";

import { describe, expect, it } from "vitest";
import { z } from "zod";

import { type RegisteredResource, valueAt } from "../helpers/mocks.ts";
import { registeredStack } from "../policies/prod-stack.ts";

const folder = join(import.meta.dirname, "recorded");
const recordedSchema = z.array(z.object({ chain: z.string(), name: z.string(), id: z.string() }));

/** What a release had and the program of now has not, and why it may go. */
const gone: readonly { readonly name: RegExp; readonly why: string }[] = [
    { name: /clickhouse/, why: "the stack's file left the store to another team" },
    { name: /^video-ranking-topics-.*-describe-topic-/, why: "whoever may read or write a topic may describe it" },
    { name: /^default_/, why: "the engine makes a default provider for each version of an SDK" },
];

/** Each file is the state of a real stack, deployed with the program of that release at 10 %: record.ts says how one is made. */
describe.each(readdirSync(folder).filter((file) => file.endsWith(".json")))("the state of a stack deployed with %s", (file) => {
    const recorded = recordedSchema.parse(JSON.parse(readFileSync(join(folder, file), "utf8")));

    it("has every object found again, under the same name in the cluster", async () => {
        expect(recorded.length).toBeGreaterThan(80);
        const { resources } = await registeredStack("lab", { rolloutPercent: 10, candidate: true });
        const known = new Map(resources.flatMap((resource) => chainsOf(resource, resources).map((chain) => [`${chain}::${resource.name}`, resource])));
        const lost = recorded.filter(({ chain, name }) => !known.has(`${chain}::${name}`) && !gone.some((one) => one.name.test(name)));
        expect(lost).toEqual([]);
        const renamed = recorded.flatMap(({ chain, name, id }) => {
            const resource = known.get(`${chain}::${name}`);
            const now = resource?.type.startsWith("kubernetes:") === true ? z.string().optional().parse(valueAt(resource.inputs, "metadata.name")) : undefined;
            const then = id.split("/").at(-1);
            // A job's name carries a checksum of what it does: another one is another job.
            return now === undefined || now === then || resource?.type.endsWith(":Job") === true ? [] : [`${name}: ${String(then)} is now ${now}`];
        });
        expect(renamed).toEqual([]);
    });
});

/** Every chain of types under which the engine looks for a resource: its own and its former ones, below each of its parent's. */
function chainsOf(resource: RegisteredResource, all: readonly RegisteredResource[]): readonly string[] {
    const parent = all.find(({ urn }) => urn === resource.parent);
    const above = parent === undefined || parent.type === "pulumi:pulumi:Stack" ? [""] : chainsOf(parent, all).map((chain) => `${chain}$`);
    return above.flatMap((chain) => [resource.type, ...resource.formerTypes].map((type) => `${chain}${type}`));
}
