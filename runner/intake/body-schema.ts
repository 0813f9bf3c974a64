import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormatsModule from 'ajv-formats';
import { invalid, messageOf } from '../../core/errors/app-error.ts';

/** Says what is wrong with a body (JSON text, or null for none), or null where it fits. */
export type BodyCheck = (body: string | null) => string | null;

/** The check of a connector's `bodySchema`; a connector without one takes every body. */
export function compileBodySchema(schema: unknown): BodyCheck {
  if (schema === null || schema === undefined) return () => null;
  const ajv = new Ajv2020({ strict: false, allErrors: false });
  addFormatsModule.default(ajv);
  const isSchema = typeof schema === 'object' || typeof schema === 'boolean';
  const fault = (reason: string): Error =>
    invalid(`spec.webhook.bodySchema is no JSON Schema: ${reason}`, [
      { path: 'spec.webhook.bodySchema', message: reason },
    ]);
  if (!isSchema) throw fault('it is neither an object nor a boolean');
  let validate: ReturnType<typeof ajv.compile>;
  try {
    validate = ajv.compile(schema);
  } catch (error) {
    throw fault(messageOf(error));
  }
  return (body) => {
    const value: unknown = JSON.parse(body ?? 'null');
    if (validate(value)) return null;
    const [first] = validate.errors ?? [];
    return `body${first?.instancePath ?? ''} ${first?.message ?? 'does not fit'}`;
  };
}
