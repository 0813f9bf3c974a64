/** Table functions that make rows out of their arguments alone. */
export const ALLOWED_TABLE_FUNCTIONS: ReadonlySet<string> = new Set([
  'numbers',
  'numbers_mt',
  'zeros',
  'zeros_mt',
  'primes',
  'generateSeries',
  'generate_series',
  'generateRandom',
  'values',
  'SQLStandardValues',
  'view',
]);

/** Table functions for declared external sources: the kind that opens each, and the arguments that do not redirect it. */
export const SOURCE_FUNCTIONS: Readonly<
  Record<string, { readonly kind: string; readonly arguments: readonly string[] }>
> = {
  postgresql: { kind: 'PostgreSQL', arguments: ['table', 'schema'] },
  mysql: { kind: 'MySQL', arguments: ['table'] },
  s3: { kind: 'S3', arguments: ['filename', 'format', 'structure', 'compression_method'] },
  url: { kind: 'HTTP', arguments: ['format', 'structure', 'compression_method'] },
};

/** The pinned engine's other table functions: files, network, programs, other tables, the engine's own insides. */
export const REFUSED_TABLE_FUNCTIONS: ReadonlySet<string> = new Set(
  `arrowstream azureBlobStorage azureBlobStorageCluster cluster clusterAllReplicas cosn deltaLake deltaLakeAzure
  deltaLakeAzureCluster deltaLakeCluster deltaLakeLocal deltaLakeS3 deltaLakeS3Cluster dictionary eval executable file
  fileCluster filesystem format fuzzJSON fuzzQuery gcs hdfs hdfsCluster hudi hudiCluster iceberg icebergAzure
  icebergAzureCluster icebergCluster icebergHDFS icebergHDFSCluster icebergLocal icebergLocalCluster icebergS3
  icebergS3Cluster input jdbc loop merge mergeTreeAnalyzeIndexes mergeTreeAnalyzeIndexesUUID mergeTreeIndex
  mergeTreeProjection mergeTreeTextIndex mongodb null odbc oss paimon paimonAzure paimonAzureCluster paimonCluster
  paimonHDFS paimonHDFSCluster paimonLocal paimonS3 paimonS3Cluster prometheusQuery prometheusQueryRange redis remote
  remoteSecure s3Cluster sqlite timeSeriesData timeSeriesMetrics timeSeriesSamples timeSeriesSelector timeSeriesTags
  urlCluster viewExplain viewIfPermitted ytsaurus`.split(/\s+/u),
);
