/**
 * Names of all keys and channels. The prefix is one hash tag, so that in a Redis Cluster every script touches one slot:
 * scripts get the prefix as their only key and build the rest like this file does.
 */
export interface Keys {
  prefix: string;
  record(id: string): string;
  events(id: string): string;
  /** Executions of a tenant, by creation time. */
  index(tenant: string): string;
  workers: string;
  /** Says that there is more to read about one execution. */
  liveChannel(id: string): string;
  /** Says that there is input for a program. */
  inputChannel(id: string): string;
  /** Ids of running executions that shall be cancelled. */
  cancelChannel: string;
}

export function keysFor(deployment: string): Keys {
  const prefix = `{${deployment}}`;
  return {
    prefix,
    record: (id) => `${prefix}:x:${id}`,
    events: (id) => `${prefix}:x:${id}:events`,
    index: (tenant) => `${prefix}:index:${tenant}`,
    workers: `${prefix}:workers`,
    liveChannel: (id) => `${prefix}:live:${id}`,
    inputChannel: (id) => `${prefix}:input:${id}`,
    cancelChannel: `${prefix}:cancel`,
  };
}
