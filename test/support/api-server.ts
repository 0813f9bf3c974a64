import { describe } from 'vitest';
import { programs } from './start-api-server.ts';

export { startApiServer, type TestApiServer } from './start-api-server.ts';

/** `describe` for tests that need an API server; they are skipped where there is none. */
export const describeWithApiServer = describe.skipIf(programs === null);
