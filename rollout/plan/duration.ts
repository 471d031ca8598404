/** A time span as people say it: `45 s`, `12 min`, `1 h 5 min`. Not a number is `unknown`. */
export function shownSeconds(seconds: number): string {
    if (!Number.isFinite(seconds)) {
        return "unknown";
    }
    const whole = Math.max(0, Math.round(seconds));
    if (whole < 120) {
        return `${String(whole)} s`;
    }
    const minutes = Math.round(whole / 60);
    if (minutes < 60) {
        return `${String(minutes)} min`;
    }
    const rest = minutes % 60;
    return `${String(Math.floor(minutes / 60))} h${rest === 0 ? "" : ` ${String(rest)} min`}`;
}

/**
 * A time span for limits, in its two largest units and never rounded to the limit: `14 min 59 s` of 15 min is not `15 min`. A fraction counts as a whole
 * second.
 */
export function exactSeconds(seconds: number): string {
    const whole = Math.max(0, Math.ceil(seconds));
    const units = [
        { unit: "h", count: Math.floor(whole / 3_600) },
        { unit: "min", count: Math.floor(whole / 60) % 60 },
        { unit: "s", count: whole % 60 },
    ];
    const parts = units.filter(({ count }) => count > 0).map(({ unit, count }) => `${String(count)} ${unit}`);
    return parts.length === 0 ? "0 s" : parts.slice(0, 2).join(" ");
}
