import type { Tool } from "../toolchain/paths.ts";
import { plainConfig, type ImageConfig } from "./archive.ts";
import type { DebianPackages } from "./debian.ts";

/** The images that the lab makes. */
export type ImageName = "pause" | "coredns" | "envoy" | "envoy-gateway" | "redis" | "redis-exporter" | "postgres" | "service" | "watchdog";

/** What an image is made of. */
export type ImageRecipe =
    /** One program of the toolchain, at the root, that needs nothing else; or Debian's libraries, with `onBase`. */
    | { readonly kind: "tool"; readonly tool: Tool; readonly onBase?: true; readonly config: ImageConfig }
    /** Debian packages on the base layer. */
    | { readonly kind: "debian"; readonly contents: DebianPackages; readonly config: ImageConfig }
    /** What the Dockerfile of a folder says. The folder is relative to the checkout. */
    | { readonly kind: "dockerfile"; readonly folder: string };

/** Where Debian keeps the programs of its PostgreSQL. The official image has them on PATH. */
const postgresPrograms = "/usr/lib/postgresql/15/bin";

/** Where the lab puts a program of the toolchain that is an image's one program. */
const atTheRoot = { PATH: `${plainConfig.environment.PATH ?? ""}:/` };

/** How each image comes about. Each starts as the official image of the same name does, as far as the stack makes use of it. */
export const imageRecipes: Readonly<Record<ImageName, ImageRecipe>> = {
    pause: { kind: "tool", tool: "pause", config: { ...plainConfig, entrypoint: ["/pause"], user: "65535:65535" } },
    coredns: { kind: "tool", tool: "coredns", config: { ...plainConfig, entrypoint: ["/coredns"] } },
    // Pods of Envoy Gateway call both by their names.
    envoy: { kind: "tool", tool: "envoy", onBase: true, config: { ...plainConfig, environment: atTheRoot, command: ["envoy"] } },
    "envoy-gateway": { kind: "tool", tool: "envoy-gateway", config: { ...plainConfig, environment: atTheRoot, command: ["envoy-gateway"] } },
    redis: {
        kind: "debian",
        contents: { packages: ["redis-server", "redis-sentinel", "redis-tools"], without: [] },
        config: { ...plainConfig, command: ["redis-server"], ports: ["6379/tcp"] },
    },
    "redis-exporter": {
        kind: "debian",
        contents: { packages: ["prometheus-redis-exporter"], without: [] },
        config: { ...plainConfig, entrypoint: ["/usr/bin/prometheus-redis-exporter"], ports: ["9121/tcp"], user: "59000:59000" },
    },
    postgres: {
        kind: "debian",
        contents: {
            // The official image has nss_wrapper too: initdb asks for the name of the user that it runs as.
            packages: ["postgresql-15", "postgresql-client-15", "libnss-wrapper"],
            // They belong to LLVM.
            without: ["bitcode", "llvmjit.so", "llvmjit_types.bc"].map((path) => `usr/lib/postgresql/15/lib/${path}`),
        },
        config: {
            ...plainConfig,
            environment: { PATH: `${plainConfig.environment.PATH ?? ""}:${postgresPrograms}`, LANG: "C.UTF-8" },
            command: ["postgres"],
            ports: ["5432/tcp"],
        },
    },
    service: { kind: "dockerfile", folder: "examples/video-ranking" },
    watchdog: { kind: "dockerfile", folder: "." },
};

/** All images. */
export const imageNames: readonly ImageName[] = Object.keys(imageRecipes).filter(isImageName);

/** Whether `name` is an image of the table. */
function isImageName(name: string): name is ImageName {
    return Object.hasOwn(imageRecipes, name);
}
