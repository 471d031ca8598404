import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterAll, describe, expect, it } from "vitest";

import { notifiersOf } from "../../../../../rollout/announce/live/notifiers.ts";
import { type DeliveryLimits, deliver } from "../../../../../rollout/announce/live/notifiers/delivery.ts";
import { addressIn, retryAfterIn } from "../../../../../rollout/announce/live/notifiers/exchange.ts";
import type { Attempt, Notifier } from "../../../../../rollout/announce/live/notifiers/notifier.ts";
import { redacted } from "../../../../../rollout/announce/live/notifiers/secrets.ts";
import { distrust, signatureHeaders, signatureOf } from "../../../../../rollout/announce/live/notifiers/signature.ts";
import { signedWebhook } from "../../../../../rollout/announce/live/notifiers/signed-webhook.ts";
import { slack, slackPayload } from "../../../../../rollout/announce/live/notifiers/slack.ts";
import type { CommunicationConfig } from "../../../../../rollout/settings/communication.ts";
import { suspectedSecrets } from "../../../../../rollout/ledger/redaction.ts";
import { answering, babbler, deafPort, message, receiver } from "./receiver.ts";

const folder = mkdtempSync(join(tmpdir(), "notifiers-"));
afterAll(() => {
    rmSync(folder, { recursive: true });
});

const limits: DeliveryLimits = { attempts: 3, attemptMs: 1_000, totalMs: 20_000, pauseMs: 1 };
const path = "/services/T00000000/B00000000/abcdefghijklmnop";
const read = (value: string) => () => Promise.resolve({ kind: "read", value } as const);
const chat = (url: string): Notifier => slack({ url: read(`${url}${path}`) });
const ok = { status: 200, body: "ok" } as const;

describe("a message to a chat", () => {
    it("arrives as blocks, with the same as text", async () => {
        const { url, received } = await receiver(ok);
        expect(await deliver(chat(url), message, limits)).toMatchObject({ kind: "delivered", notifier: "slack", attempts: 1 });
        expect(received).toMatchObject([{ method: "POST", path, headers: { "content-type": "application/json" } }]);
        expect(JSON.parse(received[0]?.body ?? "")).toEqual(slackPayload(message));
    });

    it("calls nobody, hides no address, and fits the limits of Slack", () => {
        const payload = slackPayload({ ...message, title: "t".repeat(400), text: `${message.text}${"&".repeat(4_000)}` });
        expect(payload).toMatchObject({
            blocks: [
                { type: "header", text: { type: "plain_text", text: `${"t".repeat(147)}...` } },
                { type: "section", text: { type: "mrkdwn" } },
                { type: "section", fields: [{ text: "*Service*\nvideo-ranking" }, { text: "*Weight*\n10 %" }] },
                { type: "context", elements: [{ text: "<https://docs.example.com/runbook|Runbook>" }] },
            ],
        });
        const text = JSON.stringify(payload);
        expect(text).toContain("&lt;!channel&gt;");
        expect(text).not.toMatch(/<!channel>|<https:\/\/evil/);
        expect(text).not.toMatch(/&(?!amp;|lt;|gt;)/);
    });

    it.each([
        { what: "ok", body: "ok\n" },
        { what: "JSON that says ok", body: '{"ok":true}' },
        { what: "JSON that says success", body: '{ "success": true }' },
    ])("is delivered where the chat answers $what", async ({ body }) => {
        const { url } = await receiver({ status: 200, body });
        expect(await deliver(chat(url), message, limits)).toMatchObject({ kind: "delivered" });
    });
});

describe("a message that is not delivered at once", () => {
    it.each([
        { what: "429 without a time", first: { status: 429 } },
        { what: "429 with a time that is over", first: { status: 429, headers: { "retry-after": "0" } } },
        { what: "500", first: { status: 500 } },
        { what: "503", first: { status: 503 } },
        { what: "nothing", first: "hang" },
        { what: "the login page of a proxy", first: { status: 200, body: "<html>log in</html>" } },
    ] as const)("is sent again after $what", async ({ first }) => {
        const { url } = await receiver(first, ok);
        expect(await deliver(chat(url), message, limits)).toMatchObject({ kind: "delivered", attempts: 2 });
    });

    it("is not sent again sooner than the receiver asks", async () => {
        const times: number[] = [];
        const { url } = await answering((_request, index) => {
            times.push(performance.now());
            return index === 0 ? { status: 429, headers: { "retry-after": "1" } } : ok;
        });
        expect(await deliver(chat(url), message, limits)).toMatchObject({ kind: "delivered", attempts: 2 });
        const [first = 0, second = 0] = times;
        // Timers may be a millisecond early.
        expect(second - first).toBeGreaterThanOrEqual(995);
    });

    it("is given up at once where the receiver asks for more time than there is", async () => {
        const { url, received } = await receiver({ status: 429, headers: { "retry-after": "3600" } });
        expect(await deliver(chat(url), message, limits)).toEqual({ kind: "undelivered", notifier: "slack", attempts: 1, reason: "status 429" });
        expect(received).toHaveLength(1);
    });

    it.each([
        { what: "500", reply: { status: 500, body: "internal error" }, reason: "status 500: internal error" },
        { what: "429", reply: { status: 429 }, reason: "status 429" },
        { what: "nothing", reply: "hang", reason: "no answer in time" },
        { what: "what no chat answers", reply: { status: 200, body: "hello" }, reason: "status 200, and not the answer of a webhook: hello" },
    ] as const)("is given up after the last try where the answer is always $what", async ({ reply, reason }) => {
        const { url, received } = await receiver(reply);
        const short = reply === "hang" ? { ...limits, attemptMs: 100 } : limits;
        expect(await deliver(chat(url), message, short)).toEqual({ kind: "undelivered", notifier: "slack", attempts: 3, reason });
        expect(received).toHaveLength(3);
    });

    it.each([
        { what: "says that the channel is gone", reply: { status: 404, body: "no_service" }, reason: "status 404: no_service" },
        { what: "refuses the key", reply: { status: 403 }, reason: "status 403" },
        { what: "leads elsewhere", reply: { status: 302, headers: { location: "https://evil.example.com" } }, reason: "status 302" },
    ] as const)("is not sent again where the receiver $what", async ({ reply, reason }) => {
        const { url, received } = await receiver(reply);
        expect(await deliver(chat(url), message, limits)).toEqual({ kind: "undelivered", notifier: "slack", attempts: 1, reason });
        expect(received).toHaveLength(1);
    });

    it("is given up where the server speaks no HTTP, or there is none", async () => {
        const garbage = await deliver(chat(await babbler("SSH-2.0-OpenSSH_9.9\r\n")), message, limits);
        expect(garbage).toMatchObject({ kind: "undelivered", attempts: 3 });
        const nobody = await deliver(chat(`http://127.0.0.1:${String(await deafPort())}`), message, limits);
        expect(nobody).toMatchObject({ kind: "undelivered", attempts: 3 });
        expect(JSON.stringify(nobody)).toContain("ECONNREFUSED");
    });

    it("ends in time although a notifier does not end, and although one throws", async () => {
        const stuck: Notifier = { name: "slack", send: () => new Promise<Attempt>(() => undefined) };
        expect(await deliver(stuck, message, { ...limits, attemptMs: 10 })).toEqual({
            kind: "undelivered",
            notifier: "slack",
            attempts: 3,
            reason: "no answer in time",
        });
        const throwing: Notifier = { name: "slack", send: () => Promise.reject(new TypeError("a mistake in the program")) };
        expect(await deliver(throwing, message, limits)).toMatchObject({ kind: "undelivered", reason: "a mistake in the program" });
    });
});

describe("when to try again", () => {
    it.each([
        { header: undefined, is: undefined },
        { header: "", is: undefined },
        { header: "30", is: 30_000 },
        { header: ["2", "3"], is: 2_000 },
        { header: "Sat, 31 Jan 2026 09:15:10 GMT", is: 10_000 },
        { header: "Sat, 31 Jan 2026 09:14:00 GMT", is: 0 },
        { header: "soon", is: undefined },
        { header: "-5", is: 0 },
    ])("is read from Retry-After: $header", ({ header, is }) => {
        const read = retryAfterIn(header, Date.parse("2026-01-31T09:15:00Z"));
        expect(header === "-5" ? (read ?? 0) : read).toBe(is);
    });
});

describe("a signed message", () => {
    const secret = "a key of the receiver";
    const nowSeconds = 1_769_850_900.7;

    it("can be checked by its receiver", async () => {
        const { url, received } = await receiver({ status: 204 });
        const hook = signedWebhook({ url: read(`${url}/rollout`), secret: read(secret), nowSeconds: () => nowSeconds });
        expect(await deliver(hook, message, limits)).toMatchObject({ kind: "delivered", notifier: "webhook" });
        const { headers, body = "" } = received[0] ?? {};
        const request = { timestamp: String(headers?.[signatureHeaders.timestamp]), signature: String(headers?.[signatureHeaders.signature]), body };
        expect(distrust(request, secret, nowSeconds + 2)).toBeUndefined();
        expect(JSON.parse(body)).toMatchObject({
            id: headers?.[signatureHeaders.id],
            kind: "incident",
            title: message.title,
            fields: message.fields,
            at: message.at,
        });
    });

    it("is the HMAC-SHA256 of time and body, as any other program makes it", () => {
        // printf '1769850900.{}' | openssl dgst -sha256 -hmac secret
        expect(signatureOf("secret", "1769850900", "{}")).toBe("v1=42aeb03d46380728d45039c2c0bee7a1b4a9d192c9cfbfd08438eead7d2af682");
    });

    it.each([
        { what: "another body", change: { body: "{}" }, says: "the signature does not fit" },
        { what: "another time", change: { timestamp: "1769850901" }, says: "the signature does not fit" },
        { what: "no signature", change: { signature: "" }, says: "the signature does not fit" },
        {
            what: "a signature of another key",
            change: { signature: signatureOf("other", "1769850900", '{"kind":"step"}') },
            says: "the signature does not fit",
        },
        { what: "an hour passed since", afterSeconds: 3_600, says: "the request is too old, or of a time to come" },
        { what: "a time to come", afterSeconds: -301, says: "the request is too old, or of a time to come" },
    ])("is not believed with $what", ({ change = {}, afterSeconds = 0, says }) => {
        const body = '{"kind":"step"}';
        const request = { timestamp: "1769850900", body, signature: signatureOf(secret, "1769850900", body), ...change };
        expect(distrust(request, secret, 1_769_850_900 + afterSeconds)).toBe(says);
    });

    it("is not believed with a time that is none, although it is signed", () => {
        expect(distrust({ timestamp: "soon", body: "", signature: signatureOf(secret, "soon", "") }, secret, nowSeconds)).toBeDefined();
    });

    it("keeps its id from one try to the next, and is signed anew", async () => {
        let now = nowSeconds;
        const { url, received } = await receiver({ status: 500 }, { status: 200 });
        const hook = signedWebhook({ url: read(url), secret: read(secret), nowSeconds: () => (now += 10) });
        await deliver(hook, message, limits);
        const [first, second] = received.map(({ headers }) => headers);
        expect(second?.[signatureHeaders.id]).toBe(first?.[signatureHeaders.id]);
        expect(second?.[signatureHeaders.signature]).not.toBe(first?.[signatureHeaders.signature]);
    });
});

describe("an address", () => {
    it.each([
        { text: "https://hooks.example.com/a", is: true },
        { text: "http://127.0.0.1:8080/a", is: true },
        { text: "http://localhost/a", is: true },
        { text: "http://hooks.example.com/a", is: false },
        { text: "http://127.0.0.1.example.com/a", is: false },
        { text: "file:///etc/passwd", is: false },
        { text: "hooks.example.com", is: false },
    ])("may be sent to only over TLS, or on this machine: $text", ({ text, is }) => {
        expect(addressIn(text) !== undefined).toBe(is);
    });
});

describe("a secret", () => {
    const secretFile = join(folder, "key");
    writeFileSync(secretFile, "signing-key-of-the-hook\n");
    const config = (url: string): CommunicationConfig => ({
        slack: { urlVariable: "CHAT_URL" },
        webhook: { urlVariable: "HOOK_URL", secretFile },
        statusPage: { baseUrl: url, pageId: "page1", keyVariable: "PAGE_KEY" },
    });

    it("is in no message that is sent, and in no reason, although a receiver repeats it", async () => {
        const { url, received } = await answering(({ path: asked, headers }) => ({
            status: 403,
            body: `${asked} is not allowed with ${String(headers.authorization)} and signing-key-of-the-hook`,
        }));
        const variables = { CHAT_URL: `${url}${path}`, HOOK_URL: `${url}/hook?token=hook-token-12345`, PAGE_KEY: "page-key-98765" };
        const leaky = {
            ...message,
            title: `failed at ${variables.CHAT_URL}`,
            text: `${path} and page-key-98765 and signing-key-of-the-hook`,
            fields: [{ name: "key", value: encodeURIComponent(variables.HOOK_URL) }],
            links: [{ name: "hook", url: variables.HOOK_URL }],
            notices: message.notices.map((notice) => ({ ...notice, text: "page-key-98765" })),
        };
        const deliveries = await notifiersOf(config(url), variables, limits).deliver(leaky);
        expect(deliveries).toMatchObject([{ notifier: "slack" }, { notifier: "webhook" }, { notifier: "status-page" }]);
        const secrets = /abcdefghijklmnop|hook-token-12345|page-key-98765|signing-key-of-the-hook/;
        expect(JSON.stringify(deliveries)).not.toMatch(secrets);
        expect(received.length).toBeGreaterThan(0);
        expect(received.map(({ body }) => body).join()).not.toMatch(secrets);
        expect(suspectedSecrets(deliveries)).toEqual([]);
    });

    it("that is not there is named by its source, and nothing is tried", async () => {
        const wanting: CommunicationConfig = { slack: { urlVariable: "CHAT_URL" }, webhook: { urlFile: join(folder, "gone"), secretFile } };
        expect(await notifiersOf(wanting, {}, limits).deliver(message)).toEqual([
            { kind: "undelivered", notifier: "slack", attempts: 0, reason: "the environment variable CHAT_URL is not set" },
            { kind: "undelivered", notifier: "webhook", attempts: 0, reason: `the file ${join(folder, "gone")} can't be read: ENOENT` },
        ]);
    });

    it("in a file may change between two messages", async () => {
        const { url, received } = await receiver(ok);
        const urlFile = join(folder, "chat-url");
        const notifiers = notifiersOf({ slack: { urlFile } }, {}, limits);
        for (const channel of ["first-channel", "second-channel"]) {
            writeFileSync(urlFile, `${url}/${channel}\n`);
            await notifiers.deliver(message);
        }
        expect(received.map(({ path: asked }) => asked)).toEqual(["/first-channel", "/second-channel"]);
    });

    it("is looked for in a folder where its variable is not set, as in a pod", async () => {
        const { url, received } = await receiver(ok);
        writeFileSync(join(folder, "CHAT_URL"), `${url}/from-a-file\n`);
        const chatOnly: CommunicationConfig = { slack: { urlVariable: "CHAT_URL" } };
        await notifiersOf(chatOnly, { ROLLOUT_SECRETS_FOLDER: folder }, limits).deliver(message);
        await notifiersOf(chatOnly, { ROLLOUT_SECRETS_FOLDER: folder, CHAT_URL: `${url}/from-a-variable` }, limits).deliver(message);
        expect(received.map(({ path: asked }) => asked)).toEqual(["/from-a-file", "/from-a-variable"]);
    });

    it("that is an address to nowhere safe is never used", async () => {
        const [delivery] = await notifiersOf({ slack: { urlVariable: "CHAT_URL" } }, { CHAT_URL: "http://chat.example.com/secret-path" }, limits).deliver(
            message,
        );
        expect(delivery).toEqual({ kind: "undelivered", notifier: "slack", attempts: 0, reason: "its address is none that begins with https://" });
    });

    it.each([
        { form: "as it is", text: "login with p@ss/word failed" },
        { form: "in an address", text: `smtp://user:${encodeURIComponent("p@ss/word")}` },
        { form: "in a login that is encoded", text: `AUTH ${Buffer.from("p@ss/word").toString("base64")}` },
    ])("is found $form", ({ text }) => {
        expect(redacted(text, ["p@ss/word"])).not.toMatch(/p@ss|p%40ss|cEBz/);
    });

    it("of one notifier that hangs holds up no other one", async () => {
        const { url, received } = await answering(({ path: asked }) => (asked === "/hang" ? "hang" : ok));
        const hanging: CommunicationConfig = { slack: { urlVariable: "CHAT_URL" }, webhook: { urlVariable: "HOOK_URL", secretFile } };
        const deliveries = await notifiersOf(hanging, { CHAT_URL: `${url}/hang`, HOOK_URL: `${url}/hook` }, { ...limits, attempts: 1 }).deliver(message);
        expect(deliveries.map(({ kind }) => kind)).toEqual(["undelivered", "delivered"]);
        expect(received.map(({ path: asked }) => asked).toSorted()).toEqual(["/hang", "/hook"]);
    });
});
