import { createServer } from "node:https";

import { generate } from "selfsigned";
import { afterEach, describe, expect, it } from "vitest";

import { certificateInSecret, certificateOfEndpoint } from "../../../../rollout/preflight/certificates/read.ts";
import { listening } from "../../../helpers/listening.ts";

const hostname = "api.example.com";
const authority = await generate([{ name: "commonName", value: "An Authority" }], {
    keySize: 2048,
    extensions: [
        { name: "basicConstraints", cA: true, critical: true },
        { name: "keyUsage", keyCertSign: true, digitalSignature: true, critical: true },
    ],
});
const other = await generate([{ name: "commonName", value: "Another Authority" }], {
    keySize: 2048,
    extensions: [{ name: "basicConstraints", cA: true, critical: true }],
});
const issued = await generate([{ name: "commonName", value: hostname }], {
    keySize: 2048,
    ca: { key: authority.private, cert: authority.cert },
    extensions: [{ name: "subjectAltName", altNames: [{ type: 2, value: hostname }] }],
});

/** As cert-manager makes it: for host names, and with no name of its own. */
const nameless = await generate([], {
    keySize: 2048,
    ca: { key: authority.private, cert: authority.cert },
    extensions: [{ name: "subjectAltName", altNames: [{ type: 2, value: hostname }] }],
});
const selfSignedNameless = await generate([], { keySize: 2048, extensions: [{ name: "subjectAltName", altNames: [{ type: 2, value: hostname }] }] });

const closing: (() => void)[] = [];
afterEach(() => {
    closing.splice(0).forEach((close) => {
        close();
    });
});

describe("the certificate in a Secret", () => {
    const secret = { place: "Secret a/b", chain: issued.cert, key: issued.private, authority: authority.cert, hostname };

    it("is well when authority, key and host agree", () => {
        const reading = certificateInSecret(secret);

        expect(reading).not.toHaveProperty("chainProblem");
        expect(reading).not.toHaveProperty("hostProblem");
        expect(reading).toMatchObject({ issuer: "CN=An Authority", fingerprint: expect.stringMatching(/^[0-9a-f]{64}$/) as string });
    });

    it("is well without a name of its own: it is named by its hosts then", () => {
        const reading = certificateInSecret({ ...secret, chain: nameless.cert, key: nameless.private });

        expect(reading).not.toHaveProperty("chainProblem");
        expect(reading).not.toHaveProperty("hostProblem");
        expect(reading).toMatchObject({ subject: hostname, issuer: "CN=An Authority" });
    });

    it("has a problem with its chain when it signed itself, and nothing has a name", () => {
        const reading = certificateInSecret({ ...secret, chain: selfSignedNameless.cert, key: selfSignedNameless.private });

        expect(reading.chainProblem).toBe("the chain ends at an authority without a name, which is not trusted");
    });

    it.each([
        { what: "the key is another's", change: { key: other.private }, chainProblem: /key of another certificate/ },
        { what: "the authority is another", change: { authority: other.cert }, chainProblem: /ends at CN=An Authority, which is not trusted/ },
        { what: "no authority is there and none that Node trusts signed it", change: { authority: "" }, chainProblem: /not trusted/ },
        {
            what: "the chain has what did not sign it",
            change: { chain: `${issued.cert}\n${other.cert}`, authority: other.cert },
            chainProblem: /chain is broken/,
        },
    ])("has a problem with its chain when $what", ({ change, chainProblem }) => {
        expect(certificateInSecret({ ...secret, ...change }).chainProblem).toMatch(chainProblem);
    });

    it("has a problem with its host when it is for another", () => {
        expect(certificateInSecret({ ...secret, hostname: "www.example.com" }).hostProblem).toBe("it is for api.example.com, not for www.example.com");
    });

    it("is refused when there is none", () => {
        expect(() => certificateInSecret({ ...secret, chain: "" })).toThrow(/tls\.crt holds no certificate/);
    });
});

describe("the certificate of a live endpoint", () => {
    async function endpoint(): Promise<number> {
        const server = createServer({ key: issued.private, cert: issued.cert }, (_, response) => response.end());
        closing.push(() => {
            server.closeAllConnections();
            server.close();
        });
        return listening(server);
    }

    it("is the one that the Secret has, and is trusted with its authority", async () => {
        const reading = await certificateOfEndpoint({ host: "127.0.0.1", port: await endpoint(), hostname, certificateAuthority: authority.cert });

        expect(reading).not.toHaveProperty("chainProblem");
        expect(reading).not.toHaveProperty("hostProblem");
        expect(reading.fingerprint).toBe(
            certificateInSecret({ place: "", chain: issued.cert, key: issued.private, authority: authority.cert, hostname }).fingerprint,
        );
    });

    it("is told with what is wrong with it when it is not trusted, and for another host", async () => {
        const reading = await certificateOfEndpoint({ host: "127.0.0.1", port: await endpoint(), hostname: "www.example.com" });

        expect(reading.chainProblem).toMatch(/not trusted/);
        expect(reading.hostProblem).toMatch(/it is for api\.example\.com/);
    });
});
