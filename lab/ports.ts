import { createHash } from "node:crypto";
import { createServer } from "node:net";
import getPort, { portNumbers } from "get-port";
import type { LabState, PortName } from "./state.ts";
import { portNames, portsSchema } from "./state.ts";

/** Below the ports that Linux hands to outgoing connections (32768 and up), so that a stopped service finds its port free again. */
const lowest = 20_000;
const highest = 31_999;
const portsPerLab = 40;

/** Where the search of the lab in folder `root` for free ports begins. Labs begin at different places, so that two that start at the same moment do not race for a port. */
export function firstPort(root: string): number {
    const slots = Math.floor((highest - lowest + 1) / portsPerLab);
    return lowest + (createHash("sha256").update(root).digest().readUInt32BE(0) % slots) * portsPerLab;
}

/**
 * Chooses a port for each name that `keep` does not hold; all free on 127.0.0.1 now, all different.
 * @throws Error where too few are free.
 */
export async function choosePorts(root: string, keep: Partial<LabState["ports"]> = {}): Promise<LabState["ports"]> {
    const first = firstPort(root);
    const taken = new Set<number>(Object.values(keep));
    const chosen: Partial<Record<PortName, number>> = { ...keep };
    for (const name of portNames) {
        const port =
            chosen[name] ?? (await getPort({ host: "127.0.0.1", port: [...portNumbers(first, highest), ...portNumbers(lowest, first)], exclude: taken }));
        taken.add(port);
        chosen[name] = port;
    }
    return portsSchema.parse(chosen);
}

/** Whether nothing listens on the port of 127.0.0.1 now. */
export function isFree(port: number): Promise<boolean> {
    return new Promise((resolve) => {
        const probe = createServer();
        probe.once("error", () => {
            resolve(false);
        });
        probe.listen(port, "127.0.0.1", () => {
            probe.close(() => {
                resolve(true);
            });
        });
    });
}
