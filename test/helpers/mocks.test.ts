import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import { describe, expect, it } from "vitest";

import { buildStack, isSecretAt, misnamedChildren, promiseOf, valueAt, withoutSecrets } from "./mocks.ts";

class Shelf extends pulumi.ComponentResource {
    constructor(name: string, opts?: pulumi.ComponentResourceOptions) {
        super("nova:test:Shelf", name, {}, opts);
        new k8s.core.v1.ConfigMap(`${name}-book`, { data: { title: "Dune" } }, { parent: this });
        this.registerOutputs({ books: 1 });
    }
}

describe("buildStack", () => {
    it("records inputs, parent, options and outputs", async () => {
        const stack = await buildStack(() => {
            const hook = new pulumi.ResourceHook("look", () => undefined);
            const provider = new k8s.Provider("cluster", { context: "nova" });
            const shelf = new Shelf("left", { provider, protect: true });
            new k8s.core.v1.Secret(
                "key",
                { metadata: { name: "key" } },
                {
                    dependsOn: shelf,
                    ignoreChanges: ["data"],
                    deleteBeforeReplace: true,
                    retainOnDelete: true,
                    customTimeouts: { create: "5s" },
                    hooks: { beforeUpdate: [hook] },
                },
            );
        });
        const [shelf, book, key] = [stack.named("left"), stack.named("left-book"), stack.named("key")];
        expect(shelf).toMatchObject({ type: "nova:test:Shelf", custom: false, outputs: { books: 1 } });
        expect(book).toMatchObject({ parent: shelf.urn, protect: true, inputs: { data: { title: "Dune" } } });
        expect(book.provider).toContain("cluster");
        expect(key).toMatchObject({
            ignoreChanges: ["data"],
            deleteBeforeReplace: true,
            retainOnDelete: true,
            customTimeouts: { create: "5s" },
            hooks: { beforeUpdate: ["look"] },
        });
        expect(key.dependsOn).toContain(book.urn);
        expect(stack.childrenOf(shelf)).toEqual([book]);
    });

    it("names Kubernetes objects that leave their name to the provider, in a preview too", async () => {
        for (const preview of [false, true]) {
            const { result } = await buildStack(async () => promiseOf(new k8s.core.v1.ConfigMap("settings", {}).metadata.name), { preview });
            expect(result).toBe("settings-xxxx");
        }
    });

    it("shows which inputs are secret, and what would be in plain text", async () => {
        const stack = await buildStack(() => {
            const password = new random.RandomPassword("password", { length: 8 });
            new k8s.core.v1.ConfigMap("settings", {
                metadata: { labels: { "app.kubernetes.io/name": "settings" } },
                data: { open: "door", closed: password.result },
            });
        });
        const { inputs } = stack.named("settings");
        expect([isSecretAt(inputs, "data.closed"), isSecretAt(inputs, "data.open"), isSecretAt(inputs, "data.absent")]).toEqual([true, false, false]);
        expect(valueAt(inputs, "data.closed")).toBe("password-result");
        expect(valueAt(inputs, "metadata.labels[app.kubernetes.io/name]")).toBe("settings");
        expect(JSON.stringify(withoutSecrets(inputs))).not.toContain("password-result");
    });

    it("leaves generated values unknown in a preview", async () => {
        await buildStack(
            async () => {
                const { result } = new random.RandomPassword("password", { length: 8 });
                await expect(promiseOf(result, 50)).rejects.toThrow("no value after 50 ms");
            },
            { preview: true },
        );
    });

    it("gives the program its stack config, secrets marked", async () => {
        const { result } = await buildStack(async () => pulumi.isSecret(new pulumi.Config().requireSecret("word")), {
            config: { "video-ranking:word": "sesame" },
            secretKeys: ["video-ranking:word"],
        });
        expect(result).toBe(true);
    });

    it("fails where two resources share a URN", async () => {
        await expect(buildStack(() => [new Shelf("same"), new Shelf("same")])).rejects.toThrow("two resources have the URN");
    });

    it("finds children that don't carry their parent's name", async () => {
        const stack = await buildStack(() => new k8s.core.v1.ConfigMap("stray", {}, { parent: new Shelf("left") }));
        expect(misnamedChildren(stack)).toEqual(["stray of left"]);
    });
});
