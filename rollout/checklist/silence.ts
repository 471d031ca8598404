import type { ToldRecord } from "../announce/heard.ts";
import type { Schedule } from "../plan/schedule.ts";
import { linkTo } from "./history.ts";
import { type Established, open } from "./state.ts";

/** How much later than planned the next message may come, as a factor on the plan's interval: a notifier that has to be tried again needs some of it. */
const latest = 1.5;

/** The longest silence within a time. A message at its end counts: the one about a rollback is written after the rollback. */
export function silence(messages: readonly ToldRecord[], { from, to }: { readonly from: string; readonly to: string }, schedule: Schedule): Established {
    const mostSeconds = schedule.limits.statusUpdateMinutes * 60 * latest;
    const [fromMs, toMs] = [Date.parse(from), Date.parse(to)];
    const own = messages.filter(({ at, message }) => message !== "before" && Date.parse(at) >= fromMs && Date.parse(at) <= toMs + mostSeconds * 1_000);
    const newest = own.at(-1);
    if (newest === undefined) {
        return open("no message has said how it stands");
    }
    const times = [fromMs, ...own.map(({ at }) => Date.parse(at)).filter((at) => at <= toMs), toMs].toSorted((left, right) => left - right);
    const gapSeconds = Math.max(0, ...times.map((at, index) => (at - (times[index - 1] ?? at)) / 1_000));
    const text = `told ${String(own.length)} times, the longest silence was ${String(Math.round(gapSeconds))} s of at most ${String(Math.round(mostSeconds))} s`;
    return { state: gapSeconds <= mostSeconds ? "holds" : "failed", text, at: newest.at, evidence: linkTo(newest) };
}
