/**
 * The environment of every process that runs ClickHouse. Its allocator keeps what was freed for seconds, in case it is wanted
 * again; a tenth of one costs no more time, and the process holds a tenth less. The rest of the process uses that of the C
 * library, which gives back at once what is as large as this, as in `bin/smartconnector`.
 */
export const ENGINE_ENVIRONMENT = {
  JE_MALLOC_CONF: 'dirty_decay_ms:100,muzzy_decay_ms:0',
  MALLOC_MMAP_THRESHOLD_: '131072',
  MALLOC_TRIM_THRESHOLD_: '131072',
};
