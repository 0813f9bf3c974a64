/** The slot that an execution of a schedule is for, in ISO 8601. */
export const SCHEDULED_TIME_ANNOTATION = 'smartconnectors.dev/scheduled-time';

/** Of the record of a slot that did not run: `Skipped` or `Missed`, and why. */
export const SLOT_STATE_ANNOTATION = 'smartconnectors.dev/slot-state';
export const SLOT_REASON_ANNOTATION = 'smartconnectors.dev/slot-reason';
export const SLOT_MESSAGE_ANNOTATION = 'smartconnectors.dev/slot-message';

/** Who asked for an execution, where it was not `kubectl create`. */
export const TRIGGERED_BY_ANNOTATION = 'smartconnectors.dev/triggered-by';

/** Of the file that was sent for an execution, in hex: it is there. */
export const INPUT_SHA256_ANNOTATION = 'smartconnectors.dev/input-sha256';

/** A person asks for a new validation by a new value, for example when an external source is there again. */
export const VALIDATE_ANNOTATION = 'smartconnectors.dev/validate-requested';
