import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { type Flow, type NameServer, allowNameLookups, denyAll, outsidePeer, rulesOf, tcp } from "../../components/network/flows.ts";
import { type ServiceFlowArgs, serviceFlows } from "../../components/network/service-flows.ts";

const api: Flow["from"] = { kind: "component", component: "api" };
const redis: Flow["from"] = { kind: "component", component: "redis" };
const podsOf = (component: string): object => ({ matchLabels: { "app.kubernetes.io/name": "shelf", "app.kubernetes.io/component": component } });

describe("the network rules of a flow", () => {
    it("open both ends: one may send, the other may receive", () => {
        expect(rulesOf("shelf", [{ from: api, to: redis, ports: tcp(6379) }])).toEqual([
            {
                component: "api",
                spec: {
                    podSelector: podsOf("api"),
                    policyTypes: ["Ingress", "Egress"],
                    ingress: [],
                    egress: [{ to: [{ podSelector: podsOf("redis") }], ports: [{ port: 6379, protocol: "TCP" }] }],
                },
            },
            {
                component: "redis",
                spec: {
                    podSelector: podsOf("redis"),
                    policyTypes: ["Ingress", "Egress"],
                    ingress: [{ from: [{ podSelector: podsOf("api") }], ports: [{ port: 6379, protocol: "TCP" }] }],
                    egress: [],
                },
            },
        ]);
    });

    it("open the service's end only where the other is outside", () => {
        const rules = rulesOf("shelf", [{ from: { kind: "namespace", namespace: "edge" }, to: api, ports: tcp(8080) }]);
        expect(rules.map(({ component }) => component)).toEqual(["api"]);
        expect(rules[0]?.spec).toMatchObject({
            ingress: [{ from: [{ namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "edge" } } }] }],
            egress: [],
        });
    });

    it("refuse a flow that none of the service's pods takes part in", () => {
        const outside: Flow["from"] = { kind: "namespace", namespace: "edge" };
        expect(() => rulesOf("shelf", [{ from: outside, to: outside, ports: tcp(80) }])).toThrow("flows[0] has no component of the service at either end");
    });

    it("refuse a flow without ports, which Kubernetes would read as all ports", () => {
        expect(() => rulesOf("shelf", [{ from: api, to: redis, ports: [] }])).toThrow("flows[0] has no port, which would allow all of them");
    });

    it("never hold a peer or a port list that is empty, which would allow everything", () => {
        const component = fc.constantFrom("api", "redis", "clickhouse");
        const peer = component.map((name): Flow["from"] => ({ kind: "component", component: name }));
        const flow = fc.record({ from: peer, to: peer, ports: fc.array(fc.integer({ min: 1, max: 65_535 }), { minLength: 1 }).map((ports) => tcp(...ports)) });
        fc.assert(
            fc.property(fc.array(flow), (flows) => {
                for (const { spec } of rulesOf("shelf", flows)) {
                    const text = JSON.stringify(spec);
                    expect(text).not.toMatch(/"(from|to|ports)":\[\]|"(from|to)":\[\{\}/);
                    expect(spec).toMatchObject({ policyTypes: ["Ingress", "Egress"] });
                }
            }),
        );
    });
});

describe("a peer outside the namespace", () => {
    it.each([
        { host: "kafka.streaming.svc", peer: { kind: "namespace", namespace: "streaming" } },
        { host: "kafka-0.kafka.streaming.svc.cluster.local", peer: { kind: "namespace", namespace: "streaming" } },
        { host: "10.1.2.3", peer: { kind: "addresses", cidr: "10.1.2.3/32" } },
        { host: "db.example.com", peer: { kind: "addresses", cidr: "0.0.0.0/0", except: ["169.254.0.0/16"] } },
        { host: "my.svcs.example.com", peer: { kind: "addresses", cidr: "0.0.0.0/0", except: ["169.254.0.0/16"] } },
    ])("is as narrow as $host allows", ({ host, peer }) => {
        expect(outsidePeer(host)).toEqual(peer);
    });
});

describe("the flows of a service", () => {
    const args: ServiceFlowArgs = {
        gatewayNamespace: "edge",
        monitoringNamespace: "monitoring",
        redis: { kind: "in-cluster" },
        clickhouse: { kind: "in-cluster" },
        kafkaBootstrapServers: ["kafka-0.streaming.svc:9093"],
        postgres: { host: "10.1.2.3", port: 5432 },
        migrates: false,
        watchdog: true,
    };
    const between = (flows: readonly Flow[]): readonly string[] => {
        const name = (peer: Flow["from"]): string => (peer.kind === "component" ? peer.component : peer.kind === "namespace" ? peer.namespace : peer.cidr);
        return flows.map(({ from, to }) => `${name(from)} -> ${name(to)}`);
    };

    it("are these and no more", () => {
        expect(between(serviceFlows(args))).toEqual([
            "edge -> api",
            "monitoring -> api",
            "api -> 10.1.2.3/32",
            "backup -> 10.1.2.3/32",
            "api -> streaming",
            "api -> redis",
            "redis -> redis",
            "monitoring -> redis",
            "api -> clickhouse",
            "clickhouse-migration -> clickhouse",
            "clickhouse-backup -> clickhouse",
            "clickhouse -> clickhouse",
            "clickhouse -> clickhouse-keeper",
            "clickhouse-keeper -> clickhouse-keeper",
            "monitoring -> clickhouse",
            "monitoring -> clickhouse-keeper",
            "watchdog -> 0.0.0.0/0",
            "watchdog -> monitoring",
            "watchdog -> api",
            "watchdog -> edge",
            "monitoring -> watchdog",
        ]);
    });

    it("let a migration reach the database alone", () => {
        expect(between(serviceFlows({ ...args, migrates: true })).filter((flow) => flow.startsWith("migration"))).toEqual(["migration -> 10.1.2.3/32"]);
    });

    it("let the watchdog send mail where it has a server, and nobody else", () => {
        const toMail = serviceFlows({ ...args, watchdogMailPort: 587 }).filter(({ ports }) => JSON.stringify(ports).includes("587"));
        expect(between(toMail)).toEqual(["watchdog -> 0.0.0.0/0"]);
    });

    it.each([
        { url: "http://envoy-statistics.edge.svc:8002/stats/prometheus", to: "watchdog -> edge", port: 8002 },
        { url: "http://10.9.9.9:19000/stats/prometheus", to: "watchdog -> 10.9.9.9/32", port: 19_000 },
        { url: "https://statistics.example.com/stats/prometheus", to: "watchdog -> 0.0.0.0/0", port: 443 },
        { url: "http://envoy-statistics.edge.svc/stats/prometheus", to: "watchdog -> edge", port: 80 },
    ])("let the watchdog read the gateway's statistics at $url, and no other pod", ({ url, to, port }) => {
        const added = serviceFlows({ ...args, watchdogGatewayStatsUrl: url }).slice(serviceFlows(args).length);
        expect(between(added)).toEqual([to]);
        expect(added.flatMap(({ ports }) => ports.map((open) => open.port))).toEqual([port]);
        expect(serviceFlows({ ...args, watchdog: false, watchdogGatewayStatsUrl: url })).toEqual(serviceFlows({ ...args, watchdog: false }));
    });

    it.each([
        { url: "https://ranking.internal.example.com", ports: [80, 443, 8080, 8443] },
        { url: "http://10.9.9.9:9443", ports: [80, 443, 8080, 8443, 9443] },
    ])("let testers in by a Gateway of their own, and the watchdog's probes to it at $url", ({ url, ports }) => {
        const testersGateway = { namespace: "edge-internal", url };
        const added = serviceFlows({ ...args, testersGateway }).slice(serviceFlows(args).length);
        expect(between(added)).toEqual(["edge-internal -> api", "watchdog -> edge-internal"]);
        expect(added.map((flow) => flow.ports.map((open) => open.port))).toEqual([[8080], ports]);
        const unwatched = { ...args, watchdog: false };
        expect(between(serviceFlows({ ...unwatched, testersGateway }).slice(serviceFlows(unwatched).length))).toEqual(["edge-internal -> api"]);
    });

    it("open no port of a store that would speak without TLS", () => {
        const toClickHouse = serviceFlows(args).filter(
            ({ from, to }) => from.kind === "component" && to.kind === "component" && to.component.startsWith("clickhouse"),
        );
        const ports = new Set(toClickHouse.flatMap(({ ports: open }) => open.map(({ port }) => port)));
        expect([...ports].sort()).toEqual([8443, 9010, 9234, 9281, 9440]);
    });

    it("leave out pods that somebody else runs, or nobody", () => {
        const outside = { kind: "external", host: "10.9.9.9", port: 6380 } as const;
        expect(between(serviceFlows({ ...args, redis: outside, clickhouse: outside, watchdog: false, watchdogMailPort: 587 })).slice(5)).toEqual([
            "api -> 10.9.9.9/32",
            "api -> 10.9.9.9/32",
        ]);
    });

    it("refuse a broker without a port", () => {
        expect(() => serviceFlows({ ...args, kafkaBootstrapServers: ["kafka"] })).toThrow("kafkaBootstrapServers has 'kafka': write host:port");
    });
});

describe("the default rules", () => {
    it("deny both ways for every pod", () => {
        expect(denyAll).toEqual({ podSelector: {}, policyTypes: ["Ingress", "Egress"] });
    });
});

describe("name lookups", () => {
    const pods = (namespace: string, label: string, port: number): NameServer => ({ kind: "pods", namespace, labels: { app: label }, port });
    const peers = (...servers: readonly NameServer[]): unknown => allowNameLookups(servers).egress;
    const ports = (port: number): object => ({ ports: ["UDP", "TCP"].map((protocol) => ({ port, protocol })) });

    it.each<{ readonly what: string; readonly server: NameServer; readonly to: object; readonly port: number }>([
        {
            what: "CoreDNS",
            server: pods("kube-system", "kube-dns", 53),
            to: { namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "kube-system" } }, podSelector: { matchLabels: { app: "kube-dns" } } },
            port: 53,
        },
        {
            what: "OpenShift's DNS, whose pods listen on another port",
            server: pods("openshift-dns", "default", 5353),
            to: { namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "openshift-dns" } }, podSelector: { matchLabels: { app: "default" } } },
            port: 5353,
        },
        {
            what: "NodeLocal DNSCache",
            server: { kind: "address", address: "169.254.20.10", port: 53 },
            to: { ipBlock: { cidr: "169.254.20.10/32" } },
            port: 53,
        },
        { what: "a server by its IPv6 address", server: { kind: "address", address: "fd00::a", port: 53 }, to: { ipBlock: { cidr: "fd00::a/128" } }, port: 53 },
    ])("are open to $what, for every pod and on its port alone", ({ server, to, port }) => {
        expect(allowNameLookups([server])).toEqual({ podSelector: {}, policyTypes: ["Egress"], egress: [{ to: [to], ...ports(port) }] });
    });

    it("keep each server to its own port", () => {
        expect(peers(pods("kube-system", "kube-dns", 53), pods("openshift-dns", "default", 5353))).toMatchObject([ports(53), ports(5353)]);
    });

    it("refuse a list that is empty, and pods without a label: Kubernetes would read that as all of them", () => {
        expect(() => allowNameLookups([])).toThrow("nameServers is empty: no pod could look a name up");
        expect(() => allowNameLookups([{ kind: "pods", namespace: "kube-system", labels: {}, port: 53 }])).toThrow(
            "without labels, which would mean all of them",
        );
    });
});
