import { describe, expect, it } from "vitest";

import { ApplicationConfig, type ApplicationConfigArgs } from "../../../rollout/pulumi/application-config.ts";
import { revisionDigest } from "../../../rollout/route/revision.ts";
import { type RegisteredStack, buildStack, isSecretAt, misnamedChildren, promiseOf, valueAt, withoutSecrets } from "../../helpers/mocks.ts";
import { labelKeys } from "../../../service/label-keys.ts";

const revision = { name: "v1", image: "registry.test/api@sha256:00", config: { "ranking.json": "{}" } };
const args: ApplicationConfigArgs = {
    namespace: "nova",
    labels: { "app.kubernetes.io/version": "v1" },
    keys: labelKeys,
    revision,
    secretFiles: { "redis-password": "open-sesame" },
};

async function build(change: Partial<ApplicationConfigArgs> = {}): Promise<RegisteredStack<ApplicationConfig>> {
    return buildStack(() => new ApplicationConfig("v1", { ...args, ...change }));
}

describe("the config of a revision", () => {
    it.each(["v1-settings", "v1-connections"])("keeps %s as it was made: immutable, and never under a fixed name", async (name) => {
        const { inputs } = (await build()).named(name);
        expect(inputs).toMatchObject({ immutable: true });
        expect(valueAt(inputs, "metadata.name")).toBeUndefined();
    });

    it("says which revision it was made for", async () => {
        for (const { inputs, custom } of (await build()).resources) {
            expect(custom ? valueAt(inputs, `metadata.annotations[${labelKeys.revisionDigest}]`) : revisionDigest(revision)).toBe(revisionDigest(revision));
        }
    });

    it("holds settings and secrets as one file a key, and hands out the names to mount", async () => {
        const stack = await build();
        expect(valueAt(stack.named("v1-settings").inputs, "data")).toEqual({ "ranking.json": "{}" });
        expect(valueAt(stack.named("v1-connections").inputs, "stringData")).toEqual({ "redis-password": "open-sesame" });
        expect([await promiseOf(stack.result.configMapName), await promiseOf(stack.result.secretName)]).toEqual(["v1-settings-xxxx", "v1-connections-xxxx"]);
    });

    it("keeps secrets secret, also when it was given plain text", async () => {
        const stack = await build();
        expect(isSecretAt(stack.named("v1-connections").inputs, "stringData.redis-password")).toBe(true);
        expect(JSON.stringify(stack.resources.map(({ inputs, outputs }) => withoutSecrets([inputs, outputs])))).not.toContain("open-sesame");
    });

    it.each(["", "a/b", "..", "käse", "a b"])("refuses '%s' as a file name", async (key) => {
        await expect(build({ secretFiles: { [key]: "x" } })).rejects.toThrow(`secretFiles has the key '${key}': a file's name holds`);
        await expect(build({ revision: { ...revision, config: { [key]: "x" } } })).rejects.toThrow(`revision.config has the key '${key}': a file's name holds`);
    });

    it("lets two revisions live side by side", async () => {
        const stack = await buildStack(() => [new ApplicationConfig("v1", args), new ApplicationConfig("v2", args)]);
        expect(misnamedChildren(stack)).toEqual([]);
        expect(stack.ofType("kubernetes:core/v1:ConfigMap")).toHaveLength(2);
    });
});
