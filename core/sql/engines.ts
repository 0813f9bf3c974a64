/** Table engines that keep their rows in the session's own data directory and reach nothing else. */
export const ALLOWED_ENGINES: ReadonlySet<string> = new Set([
  'Memory',
  'Log',
  'TinyLog',
  'StripeLog',
  'MergeTree',
  'ReplacingMergeTree',
  'SummingMergeTree',
  'AggregatingMergeTree',
  'CollapsingMergeTree',
  'VersionedCollapsingMergeTree',
  'CoalescingMergeTree',
]);

/** The pinned engine's other table engines: files, network, other tables, programs, dictionaries, replication. */
export const REFUSED_ENGINES: ReadonlySet<string> = new Set(
  `Alias ArrowStream AzureBlobStorage AzureQueue Buffer COSN DeltaLake DeltaLakeAzure DeltaLakeLocal DeltaLakeS3
  Dictionary Distributed EmbeddedRocksDB Executable ExecutablePool File FileLog FuzzJSON FuzzQuery GCS GenerateRandom
  GraphiteMergeTree HDFS Hudi Iceberg IcebergAzure IcebergHDFS IcebergLocal IcebergS3 JDBC Join Kafka KeeperMap Loop
  MaterializedPostgreSQL MaterializedView Merge MongoDB MySQL Null ODBC OSS Paimon PaimonAzure PaimonHDFS PaimonLocal
  PaimonS3 PostgreSQL QueryRunner Redis Remote RemoteSecure ReplicatedAggregatingMergeTree
  ReplicatedCoalescingMergeTree ReplicatedCollapsingMergeTree ReplicatedGraphiteMergeTree ReplicatedMergeTree
  ReplicatedReplacingMergeTree ReplicatedSummingMergeTree ReplicatedVersionedCollapsingMergeTree S3 S3Queue SQLite Set
  TimeSeries URL View WindowView YTsaurus`.split(/\s+/u),
);
