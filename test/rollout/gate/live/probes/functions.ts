import type { ProbeFunction } from "../../../../../rollout/gate/live/probes/context.ts";

/** Probes of a program, for a test to name. */

/** Passes when the answer says so, and the one pod has a metric. */
const asks: ProbeFunction = async ({ ask, pods, revision, signal }) => {
    const { status } = await ask({ path: `/of/${revision}`, headers: { "X-Trace": "1" } });
    const [pod] = await pods();
    const samples = (await pod?.metrics()) ?? [];
    if (status !== 200 || samples.length !== 1 || signal.aborted) {
        throw new Error(`answered ${String(status)} with ${String(samples.length)} samples`);
    }
};
export default asks;

/** Never comes to an end. */
export const hangs: ProbeFunction = () => new Promise(() => undefined);

/** Fails. */
export const fails: ProbeFunction = () => Promise.reject(new Error("the basket is empty"));

/** Is none. */
export const number = 1;
