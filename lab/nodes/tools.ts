import { ensureTools } from "../toolchain/ensure.ts";
import { nodeTools } from "../toolchain/recipes.ts";
import { ensureCommands } from "../toolchain/system.ts";

/**
 * Makes sure that all programs of real nodes are there: those of the toolchain, which take minutes the first time, and Debian's. Says what it does on standard error.
 *
 * @param enforcesPolicies whether network policies are to hold, which needs one more.
 */
export async function ensureNodeTools(enforcesPolicies: boolean): Promise<void> {
    await ensureCommands(["runc", "host-local", "nft", "conntrack", ...(enforcesPolicies ? (["iptables", "ipset"] as const) : [])], (line) => {
        process.stderr.write(`nodes: ${line}\n`);
    });
    await ensureTools([...nodeTools, ...(enforcesPolicies ? (["kube-router"] as const) : [])], { progress: "stderr" });
}
