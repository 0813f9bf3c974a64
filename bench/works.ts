import type { VariantName } from './data/variants.ts';

export const WORK_NAMES = [
  'create',
  'create-workbook',
  'create-checked',
  'unchanged',
  'one-percent',
  'all-changed',
  'duplicates-1',
  'duplicates-100',
  'dry-run',
] as const;
export type WorkName = (typeof WORK_NAMES)[number];

/** One thing to measure. */
export interface Work {
  readonly name: WorkName;
  readonly title: string;
  readonly variant: VariantName;
  /** Which of the product's databases it runs in; works of one chain find what those before left. */
  readonly chain: string;
  /** The work that must have gone before in the chain; null: the table is empty. */
  readonly after: WorkName | null;
  /** Whether the connector has its diff check. */
  readonly diffCheck: boolean;
  readonly workbook: boolean;
  readonly dryRun: boolean;
  /** What the wall time is compared with: a work of the floor, or another work of the product. */
  readonly base: { readonly engine: 'floor' | 'ours'; readonly work: WorkName } | null;
  /** The ratio, or without a base the seconds, that is to be reached. */
  readonly target: number | null;
  /** Rows of the table that it must write, given the records that its file comes to. */
  written(records: number): number;
}

const plain = { chain: 'plain', after: null, diffCheck: false, workbook: false, dryRun: false } as const;
const all = (records: number): number => records;
const none = (): number => 0;

/** In the order in which they run. */
export const WORKS: readonly Work[] = [
  {
    ...plain,
    name: 'create',
    title: 'create every record',
    variant: 'first',
    base: { engine: 'floor', work: 'create' },
    target: 0.75,
    written: all,
  },
  {
    ...plain,
    name: 'create-workbook',
    title: 'create, with the workbook',
    variant: 'first',
    chain: 'workbook',
    workbook: true,
    base: { engine: 'floor', work: 'create' },
    target: 1,
    written: all,
  },
  {
    ...plain,
    name: 'create-checked',
    title: 'create, with the diff check on',
    variant: 'first',
    chain: 'checked',
    diffCheck: true,
    base: { engine: 'floor', work: 'create' },
    target: null,
    written: all,
  },
  {
    ...plain,
    name: 'unchanged',
    title: 'the same file again, diff check',
    variant: 'first',
    chain: 'checked',
    after: 'create-checked',
    diffCheck: true,
    base: { engine: 'floor', work: 'unchanged' },
    target: 0.2,
    written: none,
  },
  {
    ...plain,
    name: 'one-percent',
    title: '1 % of the rows changed, diff check',
    variant: 'one-percent',
    chain: 'checked',
    after: 'create-checked',
    diffCheck: true,
    base: { engine: 'floor', work: 'one-percent' },
    target: 0.3,
    written: (records) => Math.ceil(records / 100),
  },
  {
    ...plain,
    name: 'all-changed',
    title: 'every record changed',
    variant: 'changed',
    after: 'create',
    base: { engine: 'floor', work: 'all-changed' },
    target: 0.8,
    written: all,
  },
  {
    ...plain,
    name: 'duplicates-1',
    title: '1 % of the rows are duplicates',
    variant: 'duplicates-1',
    chain: 'duplicates-1',
    base: { engine: 'ours', work: 'create' },
    target: 1.2,
    written: all,
  },
  {
    ...plain,
    name: 'duplicates-100',
    title: '100 % of the rows are duplicates',
    variant: 'duplicates-100',
    chain: 'duplicates-100',
    base: { engine: 'ours', work: 'create' },
    target: 6,
    written: all,
  },
  {
    ...plain,
    name: 'dry-run',
    title: 'dry run of at most 100k rows, with the workbook',
    variant: 'preview',
    after: 'create',
    workbook: true,
    dryRun: true,
    base: null,
    target: 5,
    written: none,
  },
];

/** What a hand-written script or another tool does; the same files, without our options. */
export const COMMON_WORKS = ['create', 'unchanged', 'one-percent', 'all-changed'] as const;

/** The chosen works and those that they need before them, in the order in which they run. */
export function selectWorks(chosen: readonly WorkName[]): readonly Work[] {
  const wanted = new Set<WorkName>(chosen);
  for (const work of [...WORKS].reverse()) {
    if (!wanted.has(work.name)) continue;
    if (work.after !== null) wanted.add(work.after);
    if (work.base?.engine === 'ours') wanted.add(work.base.work);
  }
  return WORKS.filter((work) => wanted.has(work.name));
}
