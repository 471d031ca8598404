import { execa } from "execa";

/** Runs `ip`. @throws Error with its reason, and what it needs. */
export async function ip(args: readonly string[]): Promise<void> {
    const { failed, stderr, message } = await execa("ip", args, { reject: false });
    if (failed) {
        throw new Error(
            `the lab's network: 'ip ${args.join(" ")}' failed: ${[stderr, message].find(Boolean) ?? "no reason given"}. ` +
                "It needs the command ip (Debian: iproute2) and the right to make network namespaces (CAP_SYS_ADMIN and CAP_NET_ADMIN; a container must be privileged).",
        );
    }
}
