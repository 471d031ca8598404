import { ensureCommands } from "../toolchain/system.ts";

/**
 * Makes sure that Debian's programs of real nodes are there. Says what it does on standard error.
 *
 * @param enforcesPolicies whether network policies are to hold, which needs more.
 */
export async function ensureNodeCommands(enforcesPolicies: boolean): Promise<void> {
    await ensureCommands(["runc", "host-local", "nft", "conntrack", ...(enforcesPolicies ? (["iptables", "ipset"] as const) : [])], (line) => {
        process.stderr.write(`nodes: ${line}\n`);
    });
}
