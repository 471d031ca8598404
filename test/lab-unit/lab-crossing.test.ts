import { once } from "node:events";
import { type IncomingMessage, createServer as createHttpServer, request } from "node:http";
import { type AddressInfo, type Server, connect, createServer } from "node:net";
import { text } from "node:stream/consumers";
import { afterEach, describe, expect, it, vi } from "vitest";
import { crossingPlan } from "../../lab/crossing/plan.ts";
import { servePodProxy } from "../../lab/crossing/pod-proxy.ts";
import { relay } from "../../lab/crossing/relay.ts";
import { labLayout } from "../../lab/layout.ts";
import { ensureNetwork, insideNetwork } from "../../lab/network.ts";
import { type NodeKind, newLabState } from "../../lab/state.ts";
import { choosePorts } from "../../lab/ports.ts";

const open: Server[] = [];

afterEach(() => {
    for (const server of open.splice(0)) {
        server.close();
    }
});

/** Listens on a free port of 127.0.0.1 until the end of the test. */
async function listening(server: Server = createServer()): Promise<number> {
    open.push(server);
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    return portOf(server);
}

function portOf(server: Server): number {
    const address = server.address() satisfies AddressInfo | string | null;
    return typeof address === "object" && address !== null ? address.port : 0;
}

/** A relay to `to`, on a port of its own. */
async function relayTo(to: number): Promise<number> {
    const socket = createServer();
    const port = await listening(socket);
    relay(socket, { host: "127.0.0.1", to });
    return port;
}

describe("a command in the lab's network", () => {
    it("stays the same but for the network that it is put into", () => {
        const layout = labLayout("/somewhere");
        const command = { file: "curl", args: ["--head", "http://10.244.1.7:8080"], workingDirectory: "/tmp", environment: { A: "b" } };
        expect(insideNetwork(layout, command)).toEqual({
            ...command,
            file: "ip",
            args: ["netns", "exec", layout.network, "curl", "--head", "http://10.244.1.7:8080"],
        });
    });

    it("is in another network than that of another checkout", () => {
        expect(labLayout("/somewhere").network).not.toBe(labLayout("/elsewhere").network);
    });
});

describe("the lab's network", () => {
    it("is refused to whoever is not root, with what to do", async () => {
        const user = vi.spyOn(process, "getuid").mockReturnValue(1_000);
        await expect(ensureNetwork(labLayout("/somewhere"), "simulated")).rejects.toThrow("only root can make one: run the lab as root");
        user.mockRestore();
    });
});

describe("the crossing of a lab", () => {
    const layout = labLayout("/somewhere");
    const stateWith = async (nodes: NodeKind) =>
        newLabState(await choosePorts(layout.checkout), { kind: "built", path: "pulumi", reason: "none" }, { nodes, enforcesPolicies: false });

    it.each(["simulated", "real"] as const)(
        "keeps ports apart with %s nodes: none is served twice on the machine, and none twice in the network",
        async (nodes) => {
            const plan = crossingPlan(layout, await stateWith(nodes));
            const onTheMachine = [...plan.inward.map(({ from }) => from), plan.podProxy];
            expect(new Set(onTheMachine).size).toBe(onTheMachine.length);
            const inTheNetwork = plan.outward.map(({ address, from }) => `${address}:${String(from)}`);
            expect(new Set(inTheNetwork).size).toBe(inTheNetwork.length);
        },
    );

    it.each([
        { nodes: "simulated", leads: { host: "127.0.0.1", to: 10_080 } },
        // The Service of its Envoy, in pods.
        { nodes: "real", leads: { host: "10.96.0.80", to: 80 } },
    ] as const)("leads users of the second gateway to its Envoy, with $nodes nodes", async ({ nodes, leads }) => {
        const state = await stateWith(nodes);
        expect(crossingPlan(layout, state).inward).toContainEqual({ from: state.ports.secondGateway, ...leads });
    });

    it("gives the network's API server, database and broker the machine's ports", async () => {
        const state = await stateWith("simulated");
        const same = (port: number) => ({ address: "127.0.0.1", from: port, to: port });
        const { kubeApiserver, postgres, kafka } = state.ports;
        expect(crossingPlan(layout, state).outward).toEqual(expect.arrayContaining([kubeApiserver, postgres, kafka].map(same)));
    });

    it("leads pods of real nodes to the API server, to the database and to the brokers' listener that asks for a login, and to nothing else", async () => {
        const state = await stateWith("real");
        const { kubeApiserver, postgres, kafkaPods } = state.ports;
        expect(crossingPlan(layout, state).outward.filter(({ address }) => address !== "127.0.0.1")).toEqual([
            { address: "10.245.0.1", from: 6443, to: kubeApiserver },
            { address: "10.245.0.1", from: postgres, to: postgres },
            { address: "10.245.0.1", from: kafkaPods, to: kafkaPods },
        ]);
    });
});

describe("a relay", () => {
    it("hands on what each side says, and goes on answering after the other side has said all", async () => {
        const upstream = createServer({ allowHalfOpen: true }, (socket) => {
            void text(socket).then((said) => socket.end(`heard ${said}`));
        });
        const client = connect({ host: "127.0.0.1", port: await relayTo(await listening(upstream)), allowHalfOpen: true });
        client.end("everything");
        expect(await text(client)).toBe("heard everything");
    });

    it("breaks a connection that the other side breaks", async () => {
        const upstream = createServer((socket) => {
            socket.once("data", () => socket.resetAndDestroy());
        });
        const client = connect({ host: "127.0.0.1", port: await relayTo(await listening(upstream)) });
        client.on("error", () => undefined);
        client.write("anything");
        await once(client, "close");
        expect(client.destroyed).toBe(true);
    });

    it("closes a connection when nobody listens at the other end", async () => {
        const gone = createServer();
        const port = await listening(gone);
        gone.close();
        const client = connect({ host: "127.0.0.1", port: await relayTo(port) });
        client.on("error", () => undefined);
        await once(client, "close");
        expect(client.bytesRead).toBe(0);
    });
});

describe("the pod proxy", () => {
    async function proxy(): Promise<number> {
        const socket = createServer();
        const port = await listening(socket);
        servePodProxy(socket);
        return port;
    }

    /** Sends `path` to a port as it is, the way a client of a proxy does. */
    async function ask(
        port: number,
        path: string,
        options: { readonly method?: string; readonly body?: string } = {},
    ): Promise<{ status: number; body: string }> {
        const exchange = request({ host: "127.0.0.1", port, path, method: options.method ?? "GET", agent: false, headers: { "x-revision": "v2" } });
        exchange.end(options.body);
        const answer = await new Promise<IncomingMessage>((resolve, reject) => {
            exchange.once("response", resolve);
            exchange.once("error", reject);
        });
        return { status: answer.statusCode ?? 0, body: await text(answer) };
    }

    it.each([
        { method: "GET", body: "" },
        { method: "POST", body: "a=1" },
    ])("passes a $method on with path, headers and body, and the answer back with its status", async ({ method, body }) => {
        const pod = createHttpServer((incoming, answer) => {
            void text(incoming).then((said) => {
                answer.writeHead(418).end([incoming.method, incoming.url, incoming.headers["x-revision"], said].join(" "));
            });
        });
        const at = await listening(pod);
        expect(await ask(await proxy(), `http://127.0.0.1:${String(at)}/metrics?all=1`, { method, body })).toEqual({
            status: 418,
            body: `${method} /metrics?all=1 v2 ${body}`,
        });
    });

    it("says 502 for a pod that nobody plays", async () => {
        const gone = createServer();
        const port = await listening(gone);
        gone.close();
        expect(await ask(await proxy(), `http://127.0.0.1:${String(port)}/metrics`)).toMatchObject({
            status: 502,
            body: expect.stringContaining("ECONNREFUSED") as unknown,
        });
    });

    it.each(["/metrics", "https://127.0.0.1/metrics"])("says 400 and what to ask for when asked for %s", async (path) => {
        expect(await ask(await proxy(), path)).toMatchObject({ status: 400, body: expect.stringContaining("http://10.244.1.7:9090/metrics") as unknown });
    });

    it("names the network that it leads into", async () => {
        expect(await ask(await proxy(), "/healthz")).toMatchObject({ status: 200, body: expect.stringMatching(/^net:\[\d+\]$/) as unknown });
    });
});
