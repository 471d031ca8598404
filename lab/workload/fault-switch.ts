import { z } from "zod";

import { postJson } from "../http.ts";
import { type ProfileName, profileNames } from "./profile.ts";

/** Shape of a switch, as the simulator takes it: `POST /faults`. */
export const faultSwitchSchema = z.strictObject({
    service: z.string().min(1),
    revision: z.string().min(1),
    profile: z.enum(profileNames),
    at: z.number().optional(),
    leakFactor: z.number().positive().optional(),
});

/** Shape of the simulator's answer to a switch. */
export const faultStartSchema = z.object({ startsAtMs: z.number() });

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
    /** Milliseconds since the epoch before which no request is answered with the new profile. Every request that arrives from then on is. */
    readonly startsAtMs: number;
}

/**
 * Switches the profile of all pods of a revision in the running simulator.
 *
 * @param controlUrl origin of the simulator's control endpoint: see {@link workloadControlUrl}.
 * @throws Error where the simulator can't be reached or refuses, with its reason.
 */
export async function switchFault(controlUrl: string, wanted: FaultSwitch): Promise<FaultStart> {
    const { status, body } = await postJson(`${controlUrl}/faults`, wanted);
    if (status !== 200) {
        throw new Error(`the workload simulator answered ${String(status)} to a fault switch: ${body.slice(0, 300)}`);
    }
    return faultStartSchema.parse(JSON.parse(body));
}
