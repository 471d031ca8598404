import { join } from "node:path";
import { crossingPlan } from "../crossing/plan.ts";
import { getOk } from "../http.ts";
import { networkIdentity } from "../network.ts";
import type { Service } from "./service.ts";

/** The ways between the machine and the lab's network: inwards to the gateway, to Prometheus and to single pods, outwards to the API server and the other servers. */
export const crossing: Service = {
    name: "crossing",
    needs: [],
    after: ["network"],
    readyWithinMs: 30_000,
    command: ({ layout, state }) => ({
        file: process.execPath,
        workingDirectory: layout.data,
        args: [join(import.meta.dirname, "../crossing/outside.ts"), JSON.stringify(crossingPlan(layout, state))],
    }),
    check: async ({ layout, state }) => {
        const [is, wanted] = [await getOk(`http://127.0.0.1:${String(state.ports.podProxy)}/healthz`), networkIdentity(layout)];
        if (is !== wanted) {
            throw new Error(wanted === undefined ? `the network ${layout.network} is gone` : `it leads into an earlier network, ${is}`);
        }
    },
};
