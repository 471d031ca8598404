import { describe, expect, it } from "vitest";

import { TesterKey, type TesterKeyArgs } from "../../../rollout/pulumi/tester-key.ts";
import { buildStack, isSecretAt, misnamedChildren, valueAt } from "../../helpers/mocks.ts";

const build = async (args: Partial<TesterKeyArgs> = {}) => buildStack(() => new TesterKey("api-tester-key", { namespace: "prod", service: "api", ...args }));

describe("the key of testers", () => {
    it("is generated: 32 letters and digits, none of which needs an escape", async () => {
        const { type, inputs } = (await build()).named("api-tester-key-value");
        expect(type).toBe("random:index/randomPassword:RandomPassword");
        expect(inputs).toMatchObject({ length: 32, special: false });
    });

    it("is a secret wherever it goes: in the object that holds it and in what the component gives", async () => {
        const stack = await build();
        const { inputs } = stack.named("api-tester-key-secret");
        expect(valueAt(inputs, "metadata.name")).toBe("api-tester-key");
        expect(isSecretAt(inputs, "stringData.key")).toBe(true);
        expect(isSecretAt(stack.named("api-tester-key").outputs ?? {}, "key")).toBe(true);
        expect(misnamedChildren(stack)).toEqual([]);
    });

    it("is another one after a new word, and stays otherwise", async () => {
        const keepersOf = async (args: Partial<TesterKeyArgs>) => valueAt((await build(args)).named("api-tester-key-value").inputs, "keepers");
        expect(await keepersOf({})).toBeUndefined();
        expect(await keepersOf({ rotation: "2026-03" })).toEqual({ rotation: "2026-03" });
    });
});
