import { createHash } from "node:crypto";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Where one lab of a checkout keeps its things. Everything lies under `.lab/`, or under the folder of a further lab beside it: git ignores both. */
export interface LabLayout {
    /** The checkout's root: the folder with Pulumi.yaml. */
    readonly checkout: string;
    /** `.lab/` itself, or the folder of a further lab. */
    readonly root: string;
    /** What runs, on which ports, with which credentials. Readable by its owner only. */
    readonly stateFile: string;
    /** Held while a command changes the lab. */
    readonly lockFile: string;
    /** To be sourced by bash. Readable by its owner only. */
    readonly envFile: string;
    /** Links to pulumi, kubectl and the plugins: comes first in PATH. */
    readonly bin: string;
    readonly kubeconfig: string;
    /** One file for each process. `down` keeps them. */
    readonly logs: string;
    /** Data of the services, a folder each. `down` removes it. */
    readonly data: string;
    /** Certificates, keys and tokens of this lab. `down` removes them. */
    readonly credentials: string;
    /** Pulumi's state, a DIY backend in files. `down` removes it with the cluster it describes. */
    readonly pulumiBackend: string;
    /** PULUMI_HOME: keeps the lab out of the user's own Pulumi settings. */
    readonly pulumiHome: string;
    /** For what can't lie in the checkout: data that other users must reach, and sockets, whose paths may have about 100 characters. `down` removes it. */
    readonly temporary: string;
    /** Name of the lab's network namespace, see network.ts. */
    readonly network: string;
}

/** The checkout that this file belongs to. */
const ownCheckout = join(import.meta.dirname, "..");

/** Names the folder of a lab that is to run beside the one in `.lab/`. */
export const folderVariable = "NOVA_LAB_FOLDER";

/**
 * Paths of the lab of `checkout`; default: the checkout that this program belongs to.
 *
 * @throws {Error} where {@link folderVariable} names a folder that git would not ignore.
 */
export function labLayout(checkout: string = ownCheckout): LabLayout {
    const folder = process.env[folderVariable] ?? ".lab";
    if (!/^\.lab(-[a-z]+)?$/.test(folder)) {
        throw new Error(`${folderVariable} is "${folder}": name a folder such as ".lab-beside", or leave it unset for ".lab"`);
    }
    const root = join(checkout, folder);
    const name = `nova-lab-${createHash("sha256").update(root).digest("hex").slice(0, 12)}`;
    return {
        checkout,
        root,
        stateFile: join(root, "state.json"),
        lockFile: join(root, "lock"),
        envFile: join(root, "env"),
        bin: join(root, "bin"),
        kubeconfig: join(root, "kubeconfig"),
        logs: join(root, "logs"),
        data: join(root, "data"),
        credentials: join(root, "credentials"),
        pulumiBackend: join(root, "pulumi"),
        pulumiHome: join(root, "pulumi-home"),
        temporary: join(tmpdir(), name),
        network: name,
    };
}
