import { describe, expect, it } from "vitest";

import { testNotifiers } from "../../../../../rollout/announce/live/notifiers.ts";
import { testMessage } from "../../../../../rollout/announce/test-message.ts";
import { answering, receiver } from "./receiver.ts";

const message = testMessage({ service: "video-ranking", environment: "prod", rollout: "sha256:00", at: "2026-01-31T09:15:00.000Z" });
const variables = (chat: string, hook: string) => ({ CHAT: `${chat}/services/abc`, HOOK: `${hook}/hook`, HOOK_SECRET: "word", PAGE_KEY: "page-key" });
const config = (page: string) => ({
    slack: { urlVariable: "CHAT" },
    webhook: { urlVariable: "HOOK", secretVariable: "HOOK_SECRET" },
    statusPage: { baseUrl: `${page}/v1`, pageId: "page1", keyVariable: "PAGE_KEY" },
});

describe("a test of the notifiers", () => {
    it("sends one message to chat and webhook that says it is a test, and only reads the status page", async () => {
        const [chat, hook] = [await receiver({ status: 200, body: "ok" }), await receiver({ status: 204 })];
        const page = await answering(() => ({ status: 200, body: "[]" }));
        expect(await testNotifiers(config(page.url), variables(chat.url, hook.url), message)).toEqual([
            { name: "slack" },
            { name: "webhook" },
            { name: "status-page" },
        ]);
        expect(chat.received.map(({ body }) => body)).toEqual([expect.stringContaining("Nothing has happened")]);
        expect(hook.received.map(({ body }): unknown => JSON.parse(body))).toMatchObject([{ kind: "test" }]);
        expect(page.received.map(({ method, path }) => `${method} ${path}`)).toEqual(["GET /v1/pages/page1/incidents?limit=100"]);
    });

    it("names each notifier that does not take it, with the reason and without its secret", async () => {
        const [chat, hook, page] = [await receiver({ status: 404, body: "no_service" }), await receiver({ status: 204 }), await receiver({ status: 401 })];
        const results = await testNotifiers(config(page.url), variables(chat.url, hook.url), message);
        expect(results).toMatchObject([
            { name: "slack", problem: expect.stringMatching(/404/) as string },
            { name: "webhook" },
            { name: "status-page", problem: expect.stringMatching(/401/) as string },
        ]);
        expect(JSON.stringify(results)).not.toMatch(/services\/abc|page-key/);
    });

    it("fails where a variable with a secret is not set", async () => {
        const [chat, hook, page] = [await receiver({ status: 200, body: "ok" }), await receiver({ status: 204 }), await receiver({ status: 200, body: "[]" })];
        const results = await testNotifiers(config(page.url), { ...variables(chat.url, hook.url), PAGE_KEY: undefined }, message);
        expect(results).toMatchObject([{ name: "slack" }, { name: "webhook" }, { name: "status-page", problem: expect.stringMatching(/PAGE_KEY/) as string }]);
    });
});
