import type { ClientBase } from 'pg';

/**
 * A connection whose statements go through `around`.
 *
 * @param around gets the text of a statement, what sends it, and whether it is a stream of COPY, which is to be sent at once
 */
export function wrapQueries(
  client: ClientBase,
  around: (text: string, send: () => unknown, isStream: boolean) => unknown,
): ClientBase {
  const query = (...args: readonly unknown[]): unknown => {
    const [first] = args;
    const isObject = typeof first === 'object' && first !== null;
    const text: unknown = isObject && 'text' in first ? first.text : first;
    const send = (): unknown => Reflect.apply(client.query.bind(client), client, args);
    return around(String(text), send, isObject && 'submit' in first);
  };
  return new Proxy(client, {
    get: (target, name) => {
      if (name === 'query') return query;
      const value: unknown = Reflect.get(target, name);
      return typeof value === 'function' ? (value as (...args: unknown[]) => unknown).bind(target) : value;
    },
  });
}
