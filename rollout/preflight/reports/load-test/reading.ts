/** What a load test measured, whichever tool made it. */
export interface LoadTestReading {
    /** Name of the report's form: `k6`, `Locust`, `JMeter`, `wrk2`. */
    readonly tool: string;
    readonly requests: number;
    /** Requests without a good answer, as the tool counts them. */
    readonly failed: number;
    /** How long it made requests, in seconds. */
    readonly seconds: number;
    /** 95th percentile of the time to answer, in seconds. */
    readonly latencyP95Seconds: number;
    /** When it ended: ISO 8601. Absent where the form does not say it. */
    readonly endedAt?: string;
}

/** One form that is read. */
export interface LoadTestForm {
    /** What people are told that they may give. */
    readonly accepted: string;
    /** Whether a report claims to be of this form, by what only this form has. */
    readonly claims: (text: string, json: unknown) => boolean;
    /** @throws with what is wrong with it. */
    readonly read: (text: string, json: unknown) => LoadTestReading;
}

/** @throws {Error} where what was measured is no number, or nothing. */
export function sound(reading: LoadTestReading): LoadTestReading {
    const { tool, requests, failed, seconds, latencyP95Seconds } = reading;
    if (!(Number.isSafeInteger(requests) && requests > 0)) {
        throw new Error(`${tool}'s report says nothing: it has ${String(requests)} requests`);
    }
    if (!(Number.isSafeInteger(failed) && failed >= 0 && failed <= requests)) {
        throw new Error(`${tool}'s report has ${String(failed)} failed of ${String(requests)} requests, which is no measurement`);
    }
    if (!(Number.isFinite(seconds) && seconds > 0 && Number.isFinite(latencyP95Seconds) && latencyP95Seconds > 0)) {
        throw new Error(`${tool}'s report says nothing: it lasted ${String(seconds)} s, with a 95th percentile of ${String(latencyP95Seconds)} s`);
    }
    return reading;
}
