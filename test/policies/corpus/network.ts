import type { Case, Manifest } from "./case.ts";
import { configMap, deployment, networkPolicy, object, service } from "./small.ts";

/** A case of one network policy, which lets these rules in or out. */
const into = (title: string, finds: readonly string[], ...ingress: readonly object[]): Case => ({
    title,
    objects: [networkPolicy("open", { ingress })],
    finds,
});
const outOf = (title: string, finds: readonly string[], ...egress: readonly object[]): Case => ({ title, objects: [networkPolicy("open", { egress })], finds });

const from = (...peers: readonly object[]) => ({ from: peers, ports: [{ port: 8080 }] });
const block = (cidr: string, ...except: readonly string[]) => ({ ipBlock: { cidr, ...(except.length > 0 ? { except } : {}) } });
const to = (peer: object, ...ports: readonly object[]) => ({ to: [peer], ...(ports.length > 0 ? { ports } : {}) });
const https = { port: 443, protocol: "TCP" };
const expression = (key: string, operator: string, ...values: readonly string[]) => ({
    matchExpressions: [{ key, operator, ...(values.length > 0 ? { values } : {}) }],
});
const name = "kubernetes.io/metadata.name";

/** A policy of another API; the cases' namespace has one of Kubernetes' own beside it. */
const cilium = (spec: object, kind = "CiliumNetworkPolicy"): Manifest =>
    object("cilium.io/v2", kind, "open", { spec: { endpointSelector: { matchLabels: { "app.kubernetes.io/name": "web" } }, ...spec } });
const calico = (spec: object, kind = "NetworkPolicy"): Manifest =>
    object("projectcalico.org/v3", kind, "open", { spec: { selector: "app.kubernetes.io/name == 'web'", ...spec } });
const admin = (spec: object, kind = "AdminNetworkPolicy"): Manifest =>
    object("policy.networking.k8s.io/v1alpha1", kind, "open", { spec: { priority: 10, subject: { namespaces: {} }, ...spec } }, { namespace: undefined });
const one = (title: string, finds: readonly string[], manifest: Manifest): Case => ({ title, objects: [manifest], finds });

const ingress = (spec: object, annotations?: object): Manifest =>
    object(
        "networking.k8s.io/v1",
        "Ingress",
        "edge",
        {
            spec: {
                tls: [{ hosts: ["shop.example.com"], secretName: "edge" }],
                rules: [ruleAt("shop.example.com", { number: 80 })],
                ...spec,
            },
        },
        annotations === undefined ? {} : { annotations },
    );
const externalName = (host: string): Manifest => object("v1", "Service", "elsewhere", { spec: { type: "ExternalName", externalName: host } });

const open = ["no-open-peer"];

const selectors: readonly Case[] = [
    into("no peers", open, { ports: [{ port: 8080 }] }),
    into("peers that are an empty list", open, { from: [] }),
    into("peers that are null", open, { from: null }),
    into("an empty peer", open, from({})),
    into("a peer whose parts are null", open, from({ podSelector: null, namespaceSelector: null, ipBlock: null })),
    into("every namespace", open, from({ namespaceSelector: {} })),
    into("every pod of every namespace", open, from({ namespaceSelector: {}, podSelector: {} })),
    into(
        "every namespace by empty matchLabels",
        open,
        from({ namespaceSelector: { matchLabels: {}, matchExpressions: [] }, podSelector: { matchLabels: {} } }),
    ),
    into("every namespace by the label that all have", open, from({ namespaceSelector: expression(name, "Exists") })),
    into("every namespace but one", open, from({ namespaceSelector: expression(name, "NotIn", "kube-system") })),
    into(
        "namespaces without a label that nobody sets",
        open,
        from({ namespaceSelector: expression("nobody.example.com/sets", "DoesNotExist"), podSelector: {} }),
    ),
    into("every pod of a Deployment anywhere", open, from({ namespaceSelector: {}, podSelector: expression("pod-template-hash", "Exists") })),
    into("every pod anywhere that has a name", open, from({ namespaceSelector: {}, podSelector: expression("app.kubernetes.io/name", "Exists") })),
    outOf("egress to every namespace", open, to({ namespaceSelector: { matchLabels: null } }, https)),
    into("two open peers", ["no-open-peer x2"], from({ namespaceSelector: {} }, {})),
    into("the pods of the own namespace", [], from({ podSelector: {} })),
    into("some pods of any namespace", [], from({ namespaceSelector: {}, podSelector: { matchLabels: { "app.kubernetes.io/name": "prometheus" } } })),
    into("the namespaces of a team", [], from({ namespaceSelector: { matchLabels: { team: "shop" } } })),
    into("namespaces by name", [], from({ namespaceSelector: expression(name, "In", "gateway", "monitoring") })),
    into("namespaces that have a team's label, whatever its value", [], from({ namespaceSelector: expression("team.example.com/shop", "Exists") })),
    into(
        "pods by name in namespaces by name",
        [],
        from({ namespaceSelector: expression(name, "In", "gateway"), podSelector: expression("app", "In", "envoy") }),
    ),
    into("all namespaces of a team but one", [], from({ namespaceSelector: { matchLabels: { team: "shop" }, ...expression(name, "NotIn", "shop-test") } })),
    into("nobody, by an empty list of rules", []),
    into(
        "several narrow peers",
        [],
        from({ podSelector: { matchLabels: { app: "a" } } }, { namespaceSelector: { matchLabels: { team: "ops" } } }, block("10.0.0.7/32")),
    ),
    outOf("name servers", [], to({ namespaceSelector: {}, podSelector: { matchLabels: { "k8s-app": "kube-dns" } } }, { port: 53, protocol: "UDP" })),
];

const ranges: readonly Case[] = [
    into("every IPv4 address", open, from(block("0.0.0.0/0"))),
    into("every IPv6 address", open, from(block("::/0"))),
    into("every address, with host bits set", open, from(block("10.0.0.0/0"))),
    into("every address, with zeros in front", open, from(block("000.0.0.0/00"))),
    into("every address, wrapped in IPv6", open, from(block("::ffff:0.0.0.0/96"))),
    into("every address behind a NAT64", open, from(block("64:ff9b::/96"))),
    into("all IPv6 addresses in use", open, from(block("2000::/3"))),
    into("two halves", open, from(block("0.0.0.0/1"), block("128.0.0.0/1"))),
    into("one half", open, from(block("129.1.2.3/1"))),
    into("two halves in two rules", open, from(block("0.0.0.0/1")), from(block("128.0.0.0/1"))),
    into("four sixteenths", open, from(block("16.0.0.0/4"), block("32.0.0.0/4")), from(block("64.0.0.0/4"), block("80.0.0.0/4"))),
    into("all but one address", open, from(block("0.0.0.0/0", "192.0.2.1/32"))),
    into("all but the private ranges", open, from(block("0.0.0.0/0", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"))),
    into("all, with an exception that is taken back", [], from(block("0.0.0.0/0", "0.0.0.0/1", "128.0.0.0/1"))),
    into("a range that is none", ["no-metadata-access", "no-open-peer"], from(block("10.0.0.0/33"))),
    into("an address that is none", ["no-metadata-access", "no-open-peer"], from(block("10.0.0/8"))),
    into("the private ranges", [], from(block("10.0.0.0/8"), block("172.16.0.0/12"), block("192.168.0.0/16"), block("fc00::/7"))),
    into("a range with host bits set", [], from(block("10.1.2.3/16"))),
    ...["192.0.2.0/24", "10.0.0.0/8", "11.0.0.0/8", "224.0.0.0/4", "fd00::/8", "2001:db8::/32", "203.0.113.7/32"].map((cidr) =>
        into(`the range ${cidr}`, [], from(block(cidr))),
    ),
    ...["172.16.0.0/12", "2001:db8::/48", "198.51.100.0/24"].map((cidr) => outOf(`out to the range ${cidr} at every port`, [], to(block(cidr)))),
    outOf("out to addresses that are no hosts", [], to(block("224.0.0.0/3"))),
    one(
        "Calico: a set of addresses that nobody should have",
        [],
        object("projectcalico.org/v3", "GlobalNetworkSet", "bogons", {
            spec: { nets: ["0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "192.168.0.0/16", "224.0.0.0/4", "240.0.0.0/4"] },
        }),
    ),
    outOf("out to the Internet at a range of ports", [], to(block("0.0.0.0/0", "169.254.0.0/16"), { port: 9092, endPort: 9094 })),
    outOf("out to the Internet at two ports", [], to(block("0.0.0.0/0", "169.254.0.0/16", "10.0.0.0/8"), https, { port: 5432 })),
    outOf("out to all addresses", open, to(block("0.0.0.0/0"))),
    outOf("out to all addresses at one port", open, to(block("0.0.0.0/0"), https)),
    outOf("out to all but one address at one port", open, to(block("0.0.0.0/0", "192.0.2.1/32"), https)),
    outOf("out to all but the usual metadata address", open, to(block("0.0.0.0/0", "169.254.169.254/32"), https)),
    outOf("out to all but link-local addresses, at every port", open, to(block("0.0.0.0/0", "169.254.0.0/16"))),
    outOf("out to all but link-local addresses, at ports that are all", open, to(block("0.0.0.0/0", "169.254.0.0/16"), { port: 1, endPort: 65_535 })),
    outOf("out to all but link-local addresses, at a port's protocol", open, to(block("0.0.0.0/0", "169.254.0.0/16"), { protocol: "TCP" })),
    outOf("out to all but link-local addresses, at the port of metadata services", open, to(block("0.0.0.0/0", "169.254.0.0/16"), { port: 80 })),
    outOf("out to two halves, the metadata address in one", open, to(block("0.0.0.0/1"), https), to(block("128.0.0.0/1"), https)),
    outOf("out to the Internet at one port, without the metadata services", [], to(block("0.0.0.0/0", "169.254.0.0/16"), https)),
    outOf("out to the IPv6 Internet at one port", [], to(block("2000::/3"), https)),
    {
        title: "two policies of the same pods that add up to the Internet",
        objects: [networkPolicy("first", { ingress: [from(block("16.0.0.0/4"))] }), networkPolicy("second", { ingress: [from(block("32.0.0.0/4"))] })],
        finds: ["no-open-sum"],
    },
    {
        title: "a policy of all pods and one of some that add up",
        objects: [
            networkPolicy("first", { podSelector: {}, egress: [to(block("16.0.0.0/4"))] }),
            networkPolicy("second", { egress: [to(block("32.0.0.0/4"))] }),
        ],
        finds: ["no-open-sum"],
    },
    {
        title: "two policies of the same pods, by different selectors, that add up",
        objects: [
            networkPolicy("first", { podSelector: { matchLabels: { "app.kubernetes.io/name": "web" } }, ingress: [from(block("16.0.0.0/4"))] }),
            networkPolicy("second", { podSelector: expression("app.kubernetes.io/component", "In", "web"), ingress: [from(block("32.0.0.0/4"))] }),
        ],
        finds: ["no-open-sum"],
    },
    {
        title: "two policies of pods that are not here, whose selectors are spelled differently",
        objects: [
            networkPolicy("first", { podSelector: { matchLabels: { app: "a", tier: "b" } }, ingress: [from(block("16.0.0.0/4"))] }),
            networkPolicy("second", { podSelector: { matchLabels: { tier: "b" }, ...expression("app", "In", "a") }, ingress: [from(block("32.0.0.0/4"))] }),
        ],
        finds: ["network-policy-has-pods x2", "no-open-sum"],
    },
    {
        title: "two policies of different pods with a part each",
        objects: [
            deployment("api"),
            networkPolicy("first", { podSelector: { matchLabels: { "app.kubernetes.io/name": "api" } }, ingress: [from(block("16.0.0.0/4"))] }),
            networkPolicy("second", { podSelector: { matchLabels: { "app.kubernetes.io/name": "web" } }, ingress: [from(block("32.0.0.0/4"))] }),
        ],
        finds: [],
    },
    {
        title: "two policies with small ranges",
        objects: [networkPolicy("first", { egress: [to(block("10.0.0.0/8"))] }), networkPolicy("second", { egress: [to(block("192.168.0.0/16"))] })],
        finds: [],
    },
];

const metadata: readonly Case[] = [
    ...[
        "169.254.169.254/32",
        "169.254.170.2/32",
        "169.254.0.0/16",
        "169.254.169.0/24",
        "fd00:ec2::254/128",
        "fd00:ec2::/32",
        "fe80::/10",
        "100.100.100.200/32",
    ].map((cidr) => outOf(`out to ${cidr}`, ["no-metadata-access"], to(block(cidr), https))),
    outOf("out to Azure's agent", ["no-metadata-access"], to(block("168.63.129.16/32"))),
    outOf("out to the metadata address, wrapped in IPv6", ["no-metadata-access"], to(block("::ffff:169.254.169.254/128"))),
    outOf("out to a cloud's shared range at every port", ["no-metadata-access"], to(block("100.64.0.0/10"))),
    outOf("out to a cloud's shared range at one port", [], to(block("100.64.0.0/10"), https)),
    outOf("out to a name server on a link-local address", [], to(block("169.254.20.10/32"), { port: 53, protocol: "UDP" })),
    outOf("out to the name server that shares Azure's address", [], to(block("168.63.129.16/32"), { port: 53, protocol: "UDP" })),
    outOf("out to link-local addresses but the metadata services", [], to(block("169.254.20.0/24"), https)),
    into("in from the metadata address, which asks nothing", [], from(block("169.254.169.254/32"))),
];

const others: readonly Case[] = [
    ...["all", "world", "world-ipv4", "cluster"].map((entity) => one(`Cilium: from ${entity}`, open, cilium({ ingress: [{ fromEntities: [entity] }] }))),
    one("Cilium: to the world at one port", open, cilium({ egress: [{ toEntities: ["world"], toPorts: [{ ports: [{ port: "443" }] }] }] })),
    one("Cilium: from anyone at one port", open, cilium({ ingress: [{ toPorts: [{ ports: [{ port: "8080" }] }] }] })),
    one(
        "Cilium: from the pods of every namespace",
        open,
        cilium({ ingress: [{ fromEndpoints: [{ matchExpressions: [{ key: "k8s:io.kubernetes.pod.namespace", operator: "Exists" }] }] }] }),
    ),
    one("Cilium: to every address", open, cilium({ egress: [{ toCIDR: ["0.0.0.0/1", "128.0.0.0/1"] }] })),
    one("Cilium: to every address but one", open, cilium({ egress: [{ toCIDRSet: [{ cidr: "0.0.0.0/0", except: ["10.0.0.1/32"] }] }] })),
    one("Cilium: to every name", open, cilium({ egress: [{ toFQDNs: [{ matchPattern: "*" }] }] })),
    one("Cilium: to the metadata service by its name", ["no-metadata-access"], cilium({ egress: [{ toFQDNs: [{ matchName: "metadata.google.internal." }] }] })),
    one("Cilium: to the metadata address", ["no-metadata-access"], cilium({ egress: [{ toCIDR: ["169.254.169.254/32"] }] })),
    one("Cilium: cluster-wide, from every endpoint", open, cilium({ ingress: [{ fromEndpoints: [{}] }] }, "CiliumClusterwideNetworkPolicy")),
    one("Cilium: several specs, one of them open", open, {
        ...object("cilium.io/v2", "CiliumNetworkPolicy", "open"),
        specs: [
            { endpointSelector: {}, ingress: [{}] },
            { endpointSelector: {}, ingress: [{ fromEntities: ["all"] }] },
        ],
    }),
    one("Cilium: a group of all addresses", open, object("cilium.io/v2", "CiliumCIDRGroup", "all", { spec: { externalCIDRs: ["0.0.0.0/0"] } })),
    one("Cilium: an empty rule, which denies", [], cilium({ ingress: [{}] })),
    one("Cilium: from the endpoints of its own namespace", [], cilium({ ingress: [{ fromEndpoints: [{}] }] })),
    one("Cilium: to a name at one port", [], cilium({ egress: [{ toFQDNs: [{ matchName: "api.example.com" }], toPorts: [{ ports: [{ port: "443" }] }] }] })),
    one("Cilium: to names below a domain", [], cilium({ egress: [{ toFQDNs: [{ matchPattern: "*.example.com" }] }] })),
    one("Cilium: denies the world", [], cilium({ egressDeny: [{ toEntities: ["world"] }] })),
    one("Cilium: to a range without the rest", [], cilium({ egress: [{ toCIDRSet: [{ cidr: "10.0.0.0/8", except: ["10.9.0.0/16"] }] }] })),
    one("Cilium: from pods by name", [], cilium({ ingress: [{ fromEndpoints: [{ matchLabels: { "k8s:app.kubernetes.io/name": "gateway" } }] }] })),
    one("Calico: to a range at one port", [], calico({ egress: [{ action: "Allow", destination: { nets: ["10.0.0.0/8"], ports: [443, "1000:2000"] } }] })),
    one(
        "Calico: from pods by an expression",
        [],
        calico({ ingress: [{ action: "Allow", source: { selector: "app == 'a' || (has(b) && c starts with 'd')" } }] }),
    ),
    one("Calico: passes all on", [], calico({ ingress: [{ action: "Pass" }] })),
    one("an administrator's policy that passes all on", [], admin({ ingress: [{ action: "Pass", from: [{ namespaces: {} }] }] })),
    one("Cilium: from the API server", [], cilium({ ingress: [{ fromEntities: ["kube-apiserver", "host"] }] })),
    one("Cilium: from one namespace", [], cilium({ ingress: [{ fromEndpoints: [{ matchLabels: { "k8s:io.kubernetes.pod.namespace": "gateway" } }] }] })),
    one("Calico: from anyone", open, calico({ ingress: [{ action: "Allow" }] })),
    one("Calico: from every namespace", open, calico({ ingress: [{ action: "Allow", source: { namespaceSelector: "all()" } }] })),
    one(
        "Calico: from every namespace by what it lacks",
        open,
        calico({ ingress: [{ action: "Allow", source: { namespaceSelector: "!has(nobody) || team == 'a'" } }] }),
    ),
    one("Calico: from all but one range", open, calico({ ingress: [{ action: "Allow", source: { notNets: ["10.0.0.0/8"] } }] })),
    one("Calico: to two halves", open, calico({ egress: [{ action: "Allow", destination: { nets: ["0.0.0.0/1", "128.0.0.0/1"] } }] })),
    one(
        "Calico: a selector that is none",
        ["no-metadata-access", "no-open-peer"],
        calico({ ingress: [{ action: "Allow", source: { namespaceSelector: "team ==" } }] }),
    ),
    one("Calico: global, from every endpoint", open, calico({ ingress: [{ action: "Allow", source: { selector: "all()" } }] }, "GlobalNetworkPolicy")),
    one(
        "Calico: to the metadata address",
        ["no-metadata-access"],
        calico({ egress: [{ action: "Allow", destination: { nets: ["169.254.169.254/32"], ports: [80] } }] }),
    ),
    one("Calico: from the pods of its own namespace", [], calico({ ingress: [{ action: "Allow", source: { selector: "all()" } }] })),
    one(
        "Calico: from a team's namespaces",
        [],
        calico({ ingress: [{ action: "Allow", source: { namespaceSelector: "team in {'shop', 'ops'} && has(team)" } }] }),
    ),
    one("Calico: denies all", [], calico({ ingress: [{ action: "Deny" }] })),
    one("an administrator's policy that allows every namespace", open, admin({ ingress: [{ action: "Allow", from: [{ namespaces: {} }] }] })),
    one(
        "an administrator's policy that allows every pod",
        open,
        admin({ egress: [{ action: "Allow", to: [{ pods: { namespaceSelector: {}, podSelector: {} } }] }] }),
    ),
    one(
        "a baseline that allows every address",
        open,
        admin({ egress: [{ action: "Allow", to: [{ networks: ["0.0.0.0/0"] }] }] }, "BaselineAdminNetworkPolicy"),
    ),
    one("a baseline that denies every namespace", [], admin({ ingress: [{ action: "Deny", from: [{ namespaces: {} }] }] }, "BaselineAdminNetworkPolicy")),
    one(
        "an administrator's policy that allows monitoring",
        [],
        admin({ ingress: [{ action: "Allow", from: [{ namespaces: { matchLabels: { [name]: "monitoring" } } }] }] }),
    ),
];

const special = ["no-special-address"];

const names: readonly Case[] = [
    ...[
        ...[
            "metadata.google.internal",
            "METADATA.google.internal.",
            "localhost",
            "LocalHost.",
            "db.localhost",
            "169.254.169.254",
            "127.0.0.1",
            "127.1",
            "0x7f000001",
        ],
        ...[
            "2852039166",
            "0251.0376.0251.0376",
            "0xa9.0xfe.0xa9.0xfe",
            "169.254.169.254.nip.io",
            "a-169-254-169-254.sslip.io",
            "a9fea9fe.nip.io",
            "localtest.me",
        ],
        ...["instance-data.ec2.internal", "::1", "100.100.100.200", "metadata.tencentyun.com", "127.0.0.1.example.com", "7.169.254.169.254.nip.io", "0"],
    ].map((host) => one(`a name that stands for ${host}`, special, externalName(host))),
    ...[
        "db.example.com",
        "10.0.0.1.nip.io",
        "web.shop.svc.cluster.local",
        "localhost.example.com",
        "metadata.example.com",
        "ip-10-0-0-1.ec2.internal",
        "192.0.2.7",
        "0x0a000001",
        "1.2.3.4.sslip.io",
        "my-metadata.example.com",
    ].map((host) => one(`a name that stands for ${host}`, [], externalName(host))),
    one("endpoints at the metadata address", special, object("v1", "Endpoints", "elsewhere", { subsets: [{ addresses: [{ ip: "169.254.169.254" }] }] })),
    one(
        "an endpoint slice at an IPv6 metadata address",
        special,
        object("discovery.k8s.io/v1", "EndpointSlice", "elsewhere", { addressType: "IPv6", endpoints: [{ addresses: ["fd00:ec2::254"] }] }),
    ),
    one(
        "an endpoint slice at private addresses",
        [],
        object("discovery.k8s.io/v1", "EndpointSlice", "elsewhere", { addressType: "IPv4", endpoints: [{ addresses: ["10.0.0.7", "192.0.2.7"] }] }),
    ),
];

const snippet = ["no-edge-snippet"];
const rule = (host: string) => ruleAt(host, { number: 80 });

const edge: readonly Case[] = [
    one("a clean Ingress", [], ingress({})),
    one("an Ingress with an empty certificate", ["edge-tls"], ingress({ tls: [{}] })),
    one("an Ingress whose certificate names another host", ["edge-tls"], ingress({ tls: [{ hosts: ["other.example.com"], secretName: "edge" }] })),
    one("an Ingress whose certificate names no host", ["edge-tls"], ingress({ tls: [{ secretName: "edge" }] })),
    one("an Ingress with a wildcard two labels up", ["edge-tls"], ingress({ tls: [{ hosts: ["*.com"], secretName: "edge" }] })),
    one("an Ingress with two hosts and one certificate", ["edge-tls"], ingress({ rules: [rule("shop.example.com"), rule("admin.example.com")] })),
    one("an Ingress that does not redirect to TLS", ["edge-tls"], ingress({}, { "nginx.ingress.kubernetes.io/ssl-redirect": "false" })),
    one("an Ingress with a wildcard certificate", [], ingress({ tls: [{ hosts: ["*.example.com"], secretName: "edge" }] })),
    one("an Ingress with the controller's own certificate", [], ingress({ tls: [{ hosts: ["Shop.example.com"] }] })),
    ...["configuration-snippet", "server-snippet", "modsecurity-snippet", "stream-snippet"].map((key) =>
        one(`an Ingress with a ${key}`, snippet, ingress({}, { [`nginx.ingress.kubernetes.io/${key}`]: "return 200;" })),
    ),
    one("an Ingress with a snippet under another prefix", snippet, ingress({}, { "edge.example.com/configuration-snippet": "return 200;" })),
    one("an Ingress with location snippets of NGINX's own controller", snippet, ingress({}, { "nginx.org/location-snippets": "return 200;" })),
    one("an Ingress with raw configuration of HAProxy", snippet, ingress({}, { "haproxy-ingress.github.io/config-backend": "http-request deny" })),
    one(
        "a virtual server with snippets",
        snippet,
        object("k8s.nginx.org/v1", "VirtualServer", "edge", { spec: { routes: [{ path: "/", "location-snippets": "a" }] } }),
    ),
    one("a gateway that lets every Ingress carry snippets", snippet, configMap("nginx", { "allow-snippet-annotations": "true" })),
    one("a gateway that lets no Ingress carry snippets", [], configMap("nginx", { "allow-snippet-annotations": "false" })),
    {
        title: "two routes without hosts at two Gateways",
        objects: ["public", "internal"].map((at) =>
            object("gateway.networking.k8s.io/v1", "HTTPRoute", at, {
                spec: { parentRefs: [{ name: at }], rules: [{ backendRefs: [{ name: "web", port: 80 }] }] },
            }),
        ),
        finds: ["edge-hosts x2"],
    },
    {
        title: "two routes without hosts and paths at one Gateway",
        objects: ["one", "two"].map((called) =>
            object("gateway.networking.k8s.io/v1", "HTTPRoute", called, {
                spec: { parentRefs: [{ name: "public" }], rules: [{ backendRefs: [{ name: "web", port: 80 }] }] },
            }),
        ),
        finds: ["edge-hosts x2", "unique-route"],
    },
    one("an Ingress with an empty snippet", [], ingress({}, { "nginx.ingress.kubernetes.io/configuration-snippet": "" })),
    one(
        "an Ingress of two hosts with two certificates",
        [],
        ingress({
            tls: [
                { hosts: ["shop.example.com"], secretName: "a" },
                { hosts: ["*.example.org"], secretName: "b" },
            ],
            rules: [rule("shop.example.com"), rule("admin.example.org")],
        }),
    ),
    one("an Ingress that redirects to TLS", [], ingress({}, { "nginx.ingress.kubernetes.io/ssl-redirect": "true" })),
    one("a Gateway with a certificate", [], gateway({ tls: { mode: "Terminate", certificateRefs: [{ name: "edge" }] } })),
    one("a Gateway with a certificate of the cloud", [], gateway({ tls: { options: { "networking.gke.io/pre-shared-certs": "edge" } } })),
    one("an Ingress with annotations that do one thing each", [], ingress({}, { "nginx.ingress.kubernetes.io/proxy-body-size": "1m" })),
    one("an Ingress to a port that the Service lacks", ["backend-exists"], ingress({ rules: [ruleAt("shop.example.com", { number: 8080 })] })),
    one("an Ingress to a named port that the Service lacks", ["backend-exists"], ingress({ rules: [ruleAt("shop.example.com", { name: "http" })] })),
    one("a Gateway whose listener has an empty certificate", ["edge-tls"], gateway({ tls: { certificateRefs: [] } })),
    one("a Gateway that passes TLS through", [], gateway({ protocol: "TLS", tls: { mode: "Passthrough" } })),
];

function ruleAt(host: string, port: object): object {
    return { host, http: { paths: [{ path: "/", pathType: "Prefix", backend: { service: { name: "web", port } } }] } };
}

function gateway(listener: object): Manifest {
    return object("gateway.networking.k8s.io/v1", "Gateway", "edge", { spec: { listeners: [{ name: "https", port: 443, protocol: "HTTPS", ...listener }] } });
}

/** Doors: who may talk to whom, and by which names. */
export const networkCases: readonly Case[] = [
    ...selectors,
    ...ranges,
    ...metadata,
    ...others,
    ...names,
    ...edge,
    { title: "a clean Service", objects: [service("front", { selector: { "app.kubernetes.io/name": "web" } })], finds: [] },
];
