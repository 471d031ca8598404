/** Time limits of watching, in minutes of the plan: a lab scales them, never a threshold. */
export interface WatchLimits {
    /** How long a hold may last before the watcher rolls back. */
    readonly holdMinutes: number;
    /** How long the watcher may be blind (no metrics, or no API server) before the watcher rolls back. */
    readonly blindMinutes: number;
    /** How often people hear how it stands. Checklist: 'Status updates every 15 minutes'. */
    readonly statusUpdateMinutes: number;
    /** How long an approval counts. */
    readonly approvalMinutes: number;
}
