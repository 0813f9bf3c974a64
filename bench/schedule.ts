import { COMMON_WORKS, selectWorks, WORKS, type Work, type WorkName } from './works.ts';

/** One work by one engine; `Product` stands for the only one that has chains and options. */
export interface Turn {
  readonly engine: string;
  readonly work: Work;
  /** The database that it runs in: works of one engine that build on each other share one. */
  readonly database: string;
  /** Whether nobody needs that database afterwards. */
  readonly isLast: boolean;
}

/**
 * What one round measures, in order: work by work, each by the engines in turn, so that what slows the machine for a
 * while slows all of them. Odd rounds begin with the other end.
 *
 * @param others engines that do the common works, the floor first
 */
export function buildRound(
  chosen: readonly WorkName[],
  product: string,
  others: readonly string[],
  round: number,
): Turn[] {
  const selected = selectWorks(chosen);
  const common = commonWorks(selected);
  const turns: Omit<Turn, 'isLast'>[] = [];
  for (const { name } of WORKS) {
    const here: Omit<Turn, 'isLast'>[] = [];
    const shared = common.find((work) => work.name === name);
    if (shared !== undefined) {
      here.push(...others.map((engine) => ({ engine, work: shared, database: `bench_${engine}` })));
    }
    const own = selected.find((work) => work.name === name);
    if (own !== undefined) {
      const database = `bench_${product}_${own.chain.replaceAll('-', '_')}`;
      here.push({ engine: product, work: own, database });
    }
    turns.push(...(round % 2 === 0 ? here : here.reverse()));
  }
  return turns.map((turn, index) => ({
    ...turn,
    isLast: !turns.slice(index + 1).some((later) => later.database === turn.database),
  }));
}

/** What the works are compared with; all but the first start from the records of the first. */
function commonWorks(selected: readonly Work[]): Work[] {
  const wanted = new Set<WorkName>();
  for (const { base } of selected) {
    if (base?.engine === 'floor') wanted.add(base.work);
  }
  if (wanted.size > 0) wanted.add('create');
  return WORKS.filter((work) => wanted.has(work.name) && COMMON_WORKS.some((name) => name === work.name)).map(
    (work) => ({ ...work, chain: 'plain', after: work.name === 'create' ? null : 'create', diffCheck: false }),
  );
}
