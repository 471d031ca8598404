import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { execa } from "execa";
import { parse } from "yaml";
import { z } from "zod";
import { ensureImages, type ImageName } from "../images/index.ts";
import { copyUnpacked, ensureUnpacked } from "../images/unpacked.ts";
import { exists } from "../toolchain/store.ts";
import { type RealNode, realNodes } from "./plan.ts";
import type { LabLayout } from "../layout.ts";
import type { Lab } from "../services/service.ts";
import { toolPath } from "../toolchain/paths.ts";
import { nextRevision } from "../trial/revisions.ts";

/** Images of a lab's nodes. */
export interface NodeImages {
    /** Archive to import. */
    readonly file: string;
    /** All that are in the archive. */
    readonly references: readonly string[];
    /** Names that containers are declared with, and the name in the archive that each stands for. */
    readonly names: ReadonlyMap<string, string>;
    /** Image of the container that holds a pod's network. */
    readonly pause: string;
}

/** Name of the image that manifests/real-nodes.yaml asks for. */
const dnsImage = "lab.example.com/coredns:local";

/** Name that tests and the lab give the watchdog's image. */
const watchdogImage = "registry.example.com/nova/watchdog:1.0.0";

/** Candidates that tests and the demo roll out under names of their own, all made of the one image of the service. */
const candidates = 5;

const stackSchema = z.object({
    config: z.object({
        "video-ranking:stable": z.object({ name: z.string(), image: z.string(), config: z.record(z.string(), z.string()) }),
        "video-ranking:images": z.object({ redis: z.string(), redisExporter: z.string(), postgres: z.string() }),
    }),
});

/** Makes the images where they are missing, which takes minutes the first time, and says so on standard error. */
export async function prepareImages(layout: LabLayout): Promise<void> {
    let said = "";
    const ticker = setInterval(() => {
        process.stderr.write(`images: ${said}\n`);
    }, sayEveryMs);
    const say = (line: string): void => {
        said = line;
    };
    try {
        const images = await imagesOfLab(layout, say);
        await ensureUnpacked(images.file, say);
        prepared.set(layout.checkout, images);
    } finally {
        clearInterval(ticker);
    }
}

/** Images that this process has prepared, by checkout: to find out that all are there takes seconds, and three nodes would ask. */
const prepared = new Map<string, NodeImages>();

/** The images of a lab as {@link prepareImages} left them; made where it was not called in this process. */
export async function preparedImages(layout: LabLayout): Promise<NodeImages> {
    return prepared.get(layout.checkout) ?? (await imagesOfLab(layout));
}

/** Pause between two lines about images that are being made, in milliseconds. */
const sayEveryMs = 3_000;

/** The images of a lab, and under which names its stack file asks for them. Makes those that are missing. */
async function imagesOfLab(layout: LabLayout, say: (line: string) => void = () => undefined): Promise<NodeImages> {
    const { config } = stackSchema.parse(parse(readFileSync(join(layout.checkout, "Pulumi.lab.yaml"), "utf8")));
    const { redis, redisExporter, postgres } = config["video-ranking:images"];
    const stable = config["video-ranking:stable"];
    const wanted: readonly (readonly [ImageName, readonly string[]])[] = [
        ["pause", []],
        ["coredns", [dnsImage]],
        ["redis", [redis]],
        ["redis-exporter", [redisExporter]],
        ["postgres", [postgres]],
        ["service", [stable.image, ...Array.from({ length: candidates }, (_, index) => nextRevision(stable, index + 1).image)]],
        ["watchdog", [watchdogImage]],
    ];
    const { file, references } = await ensureImages(
        wanted.map(([name]) => name),
        say,
    );
    const referenceOf = (name: ImageName): string => {
        const reference = references.get(name);
        if (reference === undefined) {
            throw new Error(`there is no image ${name}`);
        }
        return reference;
    };
    return {
        file,
        references: [...references.values()],
        names: new Map(wanted.flatMap(([name, references]) => references.map((reference): [string, string] => [byDigest(reference), referenceOf(name)]))),
        pause: referenceOf("pause"),
    };
}

/** How containerd looks up an image that is named by tag and digest: the digest alone counts. */
function byDigest(reference: string): string {
    return reference.replace(/:[^:@/]+(?=@)/, "");
}

/** Gives a new node its containerd's root folder with the images in it. One that has a folder keeps it: {@link importScript} brings what it lacks. */
export async function giveImages({ folder }: RealNode, { file }: NodeImages): Promise<void> {
    const root = join(folder, "containerd");
    if (!(await exists(root))) {
        await copyUnpacked(await ensureUnpacked(file, () => undefined), root);
    }
}

/** A shell script that imports the archive where containerd lacks an image of it, and gives images their names. */
export function importScript({ file, references, names }: Pick<NodeImages, "file" | "references" | "names">): string {
    const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;
    return [
        "set -euo pipefail",
        'present="$(ctr -n k8s.io images ls -q)"',
        `for image in ${references.map(quoted).join(" ")}; do`,
        `    grep -qxF "$image" <<< "$present" || { ctr -n k8s.io images import ${quoted(file)}; break; }`,
        "done",
        ...[...names].map(([name, reference]) => `ctr -n k8s.io images tag --force ${quoted(reference)} ${quoted(name)}`),
        "",
    ].join("\n");
}

/**
 * Brings further images to the running nodes of a lab, for what is started on demand. A node keeps them as long as there is a lab. Makes those that are missing.
 *
 * @param wanted images, and the name that containers are declared with.
 * @throws Error where a node does not run, or its containerd refuses.
 */
export async function bringImages({ layout, state }: Lab, wanted: ReadonlyMap<ImageName, string>, say: (line: string) => void): Promise<void> {
    const { file, references } = await ensureImages([...wanted.keys()], say);
    const names = new Map([...references].map(([image, reference]): [string, string] => [wanted.get(image) ?? reference, reference]));
    const script = importScript({ file, references: [...references.values()], names });
    await Promise.all(
        realNodes(layout).map(async ({ service, name }) => {
            const node = state.processes[service];
            if (node === undefined) {
                throw new Error(`node ${name} does not run: start it with 'node lab/index.ts start ${service}'`);
            }
            // Into the node's mounts: containerd's socket is there, and the archive is where it is on the machine.
            await execa("nsenter", [`--target=${String(node.pid)}`, "--mount", "bash", "-c", script], {
                env: { PATH: `${dirname(toolPath("ctr"))}:${process.env.PATH ?? ""}` },
                stdin: "ignore",
                timeout: 300_000,
            });
        }),
    );
}
