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
