/** With what is added, the name of a Job stays below 63 characters: it becomes a label of its pods. */
const MAX_PREFIX = 40;
const UID_PART = 8;

/**
 * The name of a Job: the same for the same object and attempt, so that creating it twice is refused; another one for an
 * object that was deleted and created again under its name.
 *
 * @param attempt from 1
 */
export function jobName(owner: { readonly name: string; readonly uid: string }, attempt: number): string {
  const prefix = owner.name
    .replaceAll('.', '-')
    .slice(0, MAX_PREFIX)
    .replace(/[^a-z0-9]+$/, '');
  return `${prefix}-${owner.uid.replaceAll('-', '').slice(0, UID_PART)}-${attempt}`;
}
