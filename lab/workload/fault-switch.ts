import { Client } from "undici";
import { z } from "zod";

import { wordsOf } from "../../rollout/words.ts";
import { type LabLayout, labLayout } from "../layout.ts";
import { controlSocket } from "./control-socket.ts";
import { type ProfileName, profileNames } from "./profile.ts";

/** Shape of a switch, as the simulator takes it: `POST /faults`. */
export const faultSwitchSchema = z.strictObject({
    service: z.string().min(1),
    revision: z.string().min(1),
    profile: z.enum(profileNames),
    at: z.number().optional(),
    leakFactor: z.number().positive().optional(),
});

const faultStartSchema = z.object({ startsAtMs: z.number() });

/** Which profile a revision is to have from now on, in place of the one in its settings. It holds until the next switch, or until the last pod of the revision is gone. */
export interface FaultSwitch {
    readonly service: string;
    readonly revision: string;
    readonly profile: ProfileName;
    /**
     * When it starts, in milliseconds since the epoch.
     *
     * @default at once
     */
    readonly at?: number;
    /**
     * Factor on the growth of a leak.
     *
     * @default the revision's FAULT_LEAK_FACTOR, else 1
     */
    readonly leakFactor?: number;
}

/** What a switch came to. */
export interface FaultStart {
    /** Milliseconds since the epoch before which no request is answered with the new profile. Every request that arrives from then on is, but for `refusing`, which takes up to 100 ms more. */
    readonly startsAtMs: number;
}

/**
 * Switches the profile of all pods of a revision in the running simulator of a lab.
 *
 * @param layout the lab. Default: that of this checkout.
 * @throws Error where the simulator can't be reached or refuses, with its reason.
 */
export async function switchFault(wanted: FaultSwitch, layout: LabLayout = labLayout()): Promise<FaultStart> {
    return faultStartSchema.parse(await askSimulator(layout, "POST", "/faults", wanted));
}

/**
 * Asks the control endpoint of a lab's simulator.
 *
 * @throws Error where it can't be reached within 2 s or refuses, with its reason.
 */
export async function askSimulator(layout: LabLayout, method: "GET" | "POST", path: string, body?: object): Promise<unknown> {
    const client = new Client("http://workload", { socketPath: controlSocket(layout), headersTimeout: 2_000, bodyTimeout: 2_000 });
    try {
        const answer = await client.request({ method, path, body: body === undefined ? null : JSON.stringify(body) });
        const text = await answer.body.text();
        if (answer.statusCode !== 200) {
            throw new Error(`it answered ${String(answer.statusCode)}: ${text.slice(0, 300)}`);
        }
        return JSON.parse(text);
    } catch (error) {
        const reason = wordsOf(error);
        throw new Error(`the workload simulator did not do '${method} ${path}': ${reason}. 'node lab/index.ts status' says whether it runs`, { cause: error });
    } finally {
        await client.destroy();
    }
}
