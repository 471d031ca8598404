import { Agent } from "undici";
import { afterEach, describe, expect, it } from "vitest";

import { answerProblems, exposureProblems } from "../../../../rollout/preflight/live/gateway-answers.ts";
import { SmallServers } from "./small-servers.ts";

const servers = new SmallServers();
const hostname = "ranking.internal.example.com";

/** A gateway that answers for the host names in `hosts` by the revisions there, with `status`, and for others with 404. */
async function gateway(hosts: Readonly<Record<string, string>>, status = 200): Promise<string> {
    return servers.http((request, response) => {
        const revision = hosts[request.headers.host ?? ""];
        response.writeHead(revision === undefined ? 404 : status, revision === undefined ? {} : { "x-served-by-revision": revision }).end();
    });
}

const asking = async <T>(ask: (agent: Agent) => Promise<T>): Promise<T> => {
    const agent = new Agent();
    try {
        return await ask(agent);
    } finally {
        await agent.destroy();
    }
};

afterEach(async () => {
    await servers.end();
});

describe("the users' gateway", () => {
    const exposed = async (gatewayUrl: string) =>
        (await exposureProblems({ gatewayUrl, hostname: "ranking.example.com", path: "/" }, hostname, AbortSignal.timeout(2_000))).map(({ text }) => text);
    const answersAt = (url: string) => `the users' gateway at ${url} answers for the testers' host name ${hostname} too, by 'v2'`;

    it.each([200, 503])("must not answer for the testers' host name: whoever sends it would reach the candidate (%i)", async (status) => {
        const url = await gateway({ [hostname]: "v2" }, status);
        expect(await exposed(url)).toEqual([answersAt(url)]);
    });

    it.each(["ranking.example.com", hostname])("must not answer for it behind %s in TLS either, whatever its certificate", async (servername) => {
        const url = await servers.https((request, response) => {
            const isMeant = request.headers.host === hostname && "servername" in request.socket && request.socket.servername === servername;
            response.writeHead(isMeant ? 200 : 421, isMeant ? { "x-served-by-revision": "v2" } : {}).end();
        });
        expect(await exposed(url)).toEqual([answersAt(url)]);
    });

    it("is right to know no such host, or to close the connection", async () => {
        expect(await exposed(await gateway({ "ranking.example.com": "v1" }))).toEqual([]);
        const port = await servers.tcp((socket) => socket.destroy());
        expect(await exposed(`http://127.0.0.1:${String(port)}`)).toEqual([]);
    });

    it("that can't be asked is a problem, and no pass", async () => {
        expect(await exposed("http://127.0.0.1:1")).toEqual([expect.stringContaining("ECONNREFUSED")]);
        const port = await servers.tcp(() => undefined);
        expect(await exposed(`http://127.0.0.1:${String(port)}`)).toEqual([expect.stringContaining("for the testers' host name")]);
    });
});

describe("a request of testers", () => {
    const asked = async (gatewayUrl: string) =>
        asking((agent) =>
            answerProblems(agent, {
                gatewayUrl,
                hostname,
                path: "/",
                who: "testers",
                expected: ["v2"],
                admission: () => Promise.resolve({}),
                signal: AbortSignal.timeout(2_000),
            }),
        );

    it.each([
        { what: "by the candidate", hosts: { [hostname]: "v2" }, problems: [] },
        { what: "by another revision", hosts: { [hostname]: "v1" }, problems: ["a request of testers was answered by 'v1'"] },
        { what: "with no such host", hosts: {}, problems: ["the gateway answers testers with 404"] },
    ])("is asked for their host name, and is answered $what", async ({ hosts, problems }) => {
        expect((await asked(await gateway(hosts))).map(({ text }) => text)).toEqual(problems);
    });

    it("that nobody answers is a problem, and no pass", async () => {
        const port = await servers.tcp((socket) => socket.destroy());
        expect(await asked(`http://127.0.0.1:${String(port)}`)).toHaveLength(1);
    });
});
