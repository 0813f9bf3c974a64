/** The slot that an execution of a schedule is for, in ISO 8601. */
export const SCHEDULED_TIME_ANNOTATION = 'smartconnectors.dev/scheduled-time';

/** Of the record of a slot that did not run: `Skipped` or `Missed`, and why. */
export const SLOT_STATE_ANNOTATION = 'smartconnectors.dev/slot-state';
export const SLOT_REASON_ANNOTATION = 'smartconnectors.dev/slot-reason';
export const SLOT_MESSAGE_ANNOTATION = 'smartconnectors.dev/slot-message';
