// Generated from schemas/ by `npm run generate`. Edit the schemas, not this file.
import type { ErrorObject } from 'ajv';
import type * as types from './types.ts';

export interface Validator<T> {
  (value: unknown): value is T;
  /** Every fault of the last call. */
  errors?: ErrorObject[] | null;
}

export declare const isConnectorRepository: Validator<types.ConnectorRepository>;
export declare const isErrorBody: Validator<types.ErrorBody>;
export declare const isKizenObject: Validator<types.KizenObject>;
export declare const isOutcome: Validator<types.Outcome>;
export declare const isRunResult: Validator<types.RunResult>;
export declare const isSmartConnector: Validator<types.SmartConnector>;
export declare const isSmartConnectorExecution: Validator<types.SmartConnectorExecution>;
export declare const isJsonSchema: Validator<object | boolean>;
