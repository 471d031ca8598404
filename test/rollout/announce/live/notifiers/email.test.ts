import { createServer } from "node:net";

import { generate } from "selfsigned";
import { SMTPServer, type SMTPServerOptions } from "smtp-server";
import { beforeAll, describe, expect, it, onTestFinished } from "vitest";

import { type DeliveryLimits, deliver } from "../../../../../rollout/announce/live/notifiers/delivery.ts";
import { type EmailArgs, email } from "../../../../../rollout/announce/live/notifiers/email.ts";
import { babbler, deafPort, message } from "./receiver.ts";

const limits: DeliveryLimits = { attempts: 2, attemptMs: 2_000, totalMs: 10_000, pauseMs: 1 };
const addresses = { from: "rollout@example.com", to: ["team@example.com", "lead@example.com"] };
const login = { user: "rollout", password: () => Promise.resolve({ kind: "read", value: "mail-password-1" } as const) };
const keys = { certificate: "", key: "" };

beforeAll(async () => {
    const options = { algorithm: "sha256", keySize: 2_048, extensions: [{ name: "subjectAltName", altNames: [{ type: 2, value: "localhost" }] }] } as const;
    const { cert, private: key } = await generate([{ name: "commonName", value: "localhost" }], {
        ...options,
        extensions: [...options.extensions].map((one) => ({ ...one, altNames: [...one.altNames] })),
    });
    Object.assign(keys, { certificate: cert, key });
});

interface Mailbox {
    readonly port: number;
    readonly mails: string[];
    readonly receivers: string[];
    readonly logins: string[];
}

/** An SMTP server on this machine. It ends with the test. */
async function mailbox(options: SMTPServerOptions = {}): Promise<Mailbox> {
    const box = { mails: [] as string[], receivers: [] as string[], logins: [] as string[] };
    const server = new SMTPServer({
        authOptional: true,
        disableReverseLookup: true,
        disabledCommands: ["STARTTLS"],
        onAuth: ({ username, password }, _session, done) => {
            box.logins.push(username ?? "");
            if (password === "mail-password-1") {
                done(null, { user: username ?? "" });
            } else {
                done(Object.assign(new Error("wrong password"), { responseCode: 535 }));
            }
        },
        onRcptTo: ({ address }, _session, done) => {
            box.receivers.push(address);
            done();
        },
        onData: (stream, _session, done) => {
            const chunks: Buffer[] = [];
            stream.on("data", (chunk: Buffer) => chunks.push(chunk));
            stream.on("end", () => {
                box.mails.push(Buffer.concat(chunks).toString());
                done();
            });
        },
        ...options,
    });
    server.on("error", () => undefined);
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    onTestFinished(() => {
        server.close();
    });
    const address = server.server.address();
    return { port: typeof address === "object" && address !== null ? address.port : 0, ...box };
}

function mailTo(port: number, more: Partial<EmailArgs> = {}) {
    return email({ host: "127.0.0.1", port, security: "none", ...addresses, ...more });
}

function failing(code: number, text: string): SMTPServerOptions {
    return {
        onMailFrom: (_address, _session, done) => {
            done(Object.assign(new Error(text), { responseCode: code }));
        },
    };
}

describe("a mail", () => {
    it("arrives at all receivers as plain text", async () => {
        const box = await mailbox();
        expect(await deliver(mailTo(box.port), message, limits)).toMatchObject({ kind: "delivered", notifier: "email", attempts: 1 });
        expect(box.receivers).toEqual(addresses.to);
        const [mail = ""] = box.mails;
        expect(mail).toMatch(/^Subject: video-ranking \(prod\): v1-1-0 has a problem at 10 %\r$/m);
        expect(mail).toMatch(/^Auto-Submitted: auto-generated\r$/m);
        expect(mail).toMatch(/^Message-ID: <[0-9a-f]{32}@example\.com>\r$/m);
        expect(mail).toContain("What is wrong: errors 0.6 % & rising.");
        expect(mail).toContain("Weight: 10 %");
        expect(mail).toContain("Runbook: https://docs.example.com/runbook");
    });

    it("has no header that its title smuggles in", async () => {
        const box = await mailbox();
        await deliver(mailTo(box.port), { ...message, title: "problem\r\nBcc: evil@example.com" }, limits);
        expect(box.mails).toHaveLength(1);
        expect(box.receivers).toEqual(addresses.to);
        expect(box.mails[0]).not.toMatch(/^Bcc:/m);
    });

    it("is sent after a login where one is configured", async () => {
        const box = await mailbox();
        expect(await deliver(mailTo(box.port, { login }), message, limits)).toMatchObject({ kind: "delivered" });
        expect(box.logins).toEqual(["rollout"]);
    });

    it("is not sent again after a wrong password, which no reason holds", async () => {
        const box = await mailbox();
        const wrong = { user: "rollout", password: () => Promise.resolve({ kind: "read", value: "mail-password-2" } as const) };
        const delivery = await deliver(mailTo(box.port, { login: wrong }), message, limits);
        expect(delivery).toMatchObject({ kind: "undelivered", attempts: 1 });
        expect(JSON.stringify(delivery)).toContain("wrong password");
        expect(JSON.stringify(delivery)).not.toContain("mail-password-2");
    });

    it("is not tried without the password that its login needs", async () => {
        const without = {
            user: "rollout",
            password: () => Promise.resolve({ kind: "missing", reason: "the environment variable NOVA_SMTP_PASSWORD is not set" } as const),
        };
        expect(await deliver(mailTo(1, { login: without }), message, limits)).toEqual({
            kind: "undelivered",
            notifier: "email",
            attempts: 0,
            reason: "the environment variable NOVA_SMTP_PASSWORD is not set",
        });
    });

    it.each([
        { what: "says that it is busy", code: 451, attempts: 2 },
        { what: "refuses the sender", code: 550, attempts: 1 },
    ])("is tried $attempts times where the server $what", async ({ code, attempts }) => {
        const box = await mailbox(failing(code, "not now"));
        const delivery = await deliver(mailTo(box.port), message, limits);
        expect(delivery).toMatchObject({ kind: "undelivered", attempts });
        expect(JSON.stringify(delivery)).toContain(String(code));
    });

    it("is not called delivered where one of its receivers is refused", async () => {
        const box = await mailbox({
            onRcptTo: ({ address }, _session, done) => {
                done(address === "lead@example.com" ? Object.assign(new Error("no such user"), { responseCode: 550 }) : null);
            },
        });
        expect(await deliver(mailTo(box.port), message, limits)).toMatchObject({ kind: "undelivered", reason: "the server refused 1 of 2 receivers" });
    });

    it("is given up where the server says nothing, speaks something else, or is not there", async () => {
        const silent = createServer((socket) => {
            socket.on("error", () => undefined);
        });
        await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
        onTestFinished(() => {
            silent.close();
        });
        const address = silent.address();
        const port = typeof address === "object" && address !== null ? address.port : 0;
        const short = { ...limits, attemptMs: 200 };
        expect(await deliver(mailTo(port), message, short)).toEqual({ kind: "undelivered", notifier: "email", attempts: 2, reason: "no answer in time" });
        const garbage = Number(new URL(await babbler("HTTP/1.1 400 Bad Request\r\n\r\n")).port);
        expect(await deliver(mailTo(garbage), message, limits)).toMatchObject({ kind: "undelivered" });
        expect(await deliver(mailTo(await deafPort()), message, limits)).toMatchObject({ kind: "undelivered", attempts: 2 });
    });
});

describe("a mail over TLS", () => {
    it("is sent where the server proves who it is", async () => {
        const box = await mailbox({ cert: keys.certificate, key: keys.key, disabledCommands: [] });
        const args = { host: "localhost", security: "starttls", certificateAuthority: keys.certificate, login } as const;
        expect(await deliver(mailTo(box.port, args), message, limits)).toMatchObject({ kind: "delivered" });
    });

    it.each([
        { what: "knows no TLS", options: (): SMTPServerOptions => ({}) },
        {
            what: "has a certificate that nobody vouches for",
            options: (): SMTPServerOptions => ({ cert: keys.certificate, key: keys.key, disabledCommands: [] }),
        },
    ])("is not sent, nor is the password, where the server $what", async ({ options }) => {
        const box = await mailbox(options());
        expect(await deliver(mailTo(box.port, { host: "localhost", security: "starttls", login }), message, limits)).toMatchObject({ kind: "undelivered" });
        expect(box.mails).toEqual([]);
        expect(box.logins).toEqual([]);
    });
});
