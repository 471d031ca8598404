import { defined } from "../defined.ts";
import { evidenceOfUsers } from "../gate/conditions/evidence-of-users.ts";
import { judgeLimitsOf } from "../gate/conditions/live-evidence.ts";
import type { Evidence } from "../gate/evidence.ts";
import { type TrafficOutlook, outlooksOf, trafficIn } from "../gate/forecast.ts";
import type { Session } from "./session.ts";

/** Looks at what users do. A test gives another. */
export type TrafficReader = (session: Session, windowSeconds: number) => Promise<Evidence>;

/** What users did lately, on the route of a session. */
export const evidenceOfNow: TrafficReader = ({ stack, ...session }, windowSeconds) =>
    evidenceOfUsers({ ...session, ...defined({ folder: stack?.folder }) }, windowSeconds);

/** How far back a forecast looks for what users do, in minutes, where nobody says otherwise. */
export const lookBackMinutes = 10;

/** What users do on the route of a session, and what that comes to at each step. @throws as {@link evidenceOfUsers}. */
export async function trafficOutlook(session: Session, minutes = lookBackMinutes, read: TrafficReader = evidenceOfNow): Promise<TrafficOutlook> {
    const { target, schedule } = session;
    const traffic = trafficIn(await read(session, minutes * 60));
    return { traffic, steps: outlooksOf(target.profile, schedule, traffic, judgeLimitsOf(target)) };
}
