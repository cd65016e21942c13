import { describe, expect, test } from '@jest/globals';
import type { Handler, Message } from '../src/platform.ts';
import { createBench } from './support/memory-bridge.ts';

/** Notes its name and sends the message to all outputs. */
function pass(order: string[], name: string, outputs = 1): Handler {
  return (message, { send }) => {
    order.push(name);
    send(Array.from({ length: outputs }, () => message));
  };
}

describe('order (contract §7)', () => {
  test('breadth-first, outputs in index order, wires in list order', async () => {
    const bench = createBench();
    const order: string[] = [];
    bench.add('a', [['b', 'c'], ['d']], pass(order, 'a', 2));
    bench.add('b', [['e']], pass(order, 'b'));
    bench.add('c', [], pass(order, 'c'));
    bench.add('d', [], pass(order, 'd'));
    bench.add('e', [], pass(order, 'e'));
    await bench.run(['a'], {});
    expect(order).toEqual(['a', 'b', 'c', 'd', 'e']);
  });

  test('the sub-tree of the first hop ends before the second first hop starts', async () => {
    const bench = createBench();
    const order: string[] = [];
    bench.add('a', [['b']], async (message, { send }) => {
      order.push('a');
      await Promise.resolve();
      send(message);
    });
    bench.add('b', [], pass(order, 'b'));
    bench.add('x', [], pass(order, 'x'));
    await bench.run(['a', 'x'], {});
    expect(order).toEqual(['a', 'b', 'x']);
  });

  test('two branches into one node are two runs', async () => {
    const bench = createBench();
    const order: string[] = [];
    bench.add('a', [['c']], pass(order, 'a'));
    bench.add('b', [['c']], pass(order, 'b'));
    bench.add('c', [], pass(order, 'c'));
    await bench.run(['a', 'b'], {});
    expect(order).toEqual(['a', 'c', 'b', 'c']);
  });
});

describe('copies', () => {
  test('branches never see each other’s changes', async () => {
    const bench = createBench();
    const seen: unknown[] = [];
    const change: Handler = (message) => {
      seen.push(structuredClone(message));
      message.payload = 'changed';
    };
    bench.add('a', [['b', 'c'], ['b']], (message, { send }) => send([message, message]));
    bench.add('b', [], change);
    bench.add('c', [], change);
    await bench.run(['a', 'b'], { payload: { deep: 1 } });
    expect(seen).toEqual(Array(4).fill({ payload: { deep: 1 } }));
  });

  test('a message a node made itself is copied as JSON', async () => {
    const bench = createBench();
    const kept = { payload: { n: Number.NaN, when: new Date(0) } };
    let received: Message = {};
    bench.add('a', [['b']], (_message, { send }) => send(kept));
    bench.add('b', [], (message) => {
      received = message;
    });
    await bench.run(['a'], {});
    expect(received).toEqual({ payload: { n: null, when: '1970-01-01T00:00:00.000Z' } });
  });
});

describe('ends of branches', () => {
  test('null outputs, extra outputs, dangling wires and disabled nodes are nothing', async () => {
    const bench = createBench();
    const order: string[] = [];
    bench.add('a', [['gone'], ['b']], (message, { send }) => send([message, null, message]));
    bench.add('b', [], pass(order, 'b'));
    const execution = await bench.run(['a', 'missing'], {});
    expect([order, execution.errors]).toEqual([[], 0]);
  });

  test('an error ends that branch only, is counted, reported on the node and shown to catch nodes', async () => {
    const bench = createBench();
    const order: string[] = [];
    const failing = bench.add('a', [['b']], () => {
      throw new Error('broken');
    });
    bench.add('b', [], pass(order, 'b'));
    const execution = await bench.run(['a', 'b'], { payload: 1 });
    expect(order).toEqual(['b']);
    expect(bench.errors).toEqual(['a: broken']);
    expect([execution.errors, failing.counters.errors]).toEqual([1, 1]);
    expect(bench.places.map((place) => place.execution)).toEqual([execution]);
  });

  test('a rejection is an error, too, whatever it is rejected with', async () => {
    const bench = createBench();
    bench.add('a', [], () => Promise.reject(undefined));
    expect((await bench.run(['a'], {})).errors).toBe(1);
  });

  test('a node that takes too long ends its branch; its late result is ignored', async () => {
    const bench = createBench({ timeLimitMs: 5 });
    const order: string[] = [];
    let late: () => void = () => undefined;
    bench.add('a', [['b']], (message, { send }) => {
      late = () => send(message);
      return new Promise(() => undefined);
    });
    bench.add('b', [], pass(order, 'b'));
    const execution = await bench.run(['a'], {});
    late();
    expect([execution.errors, bench.errors, order]).toEqual([1, ['a: No result within 0.005 s'], []]);
  });
});

describe('much to do', () => {
  test('is done in several turns when time is short, in the same order', async () => {
    let time = 0;
    let turns = 0;
    const bench = createBench({
      turns: {
        hasTime: () => time < 20,
        later: (act) => {
          turns++;
          time = 0;
          setImmediate(act);
        },
      },
    });
    const order: number[] = [];
    const spread: Handler = (_message, { send }) => send([Array.from({ length: 100 }, (_, n) => ({ n }))]);
    bench.add('a', [['b']], spread);
    bench.add('b', [], ({ n }) => {
      time++;
      order.push(Number(n));
    });
    await bench.run(['a'], {});
    expect(order).toEqual(Array.from({ length: 100 }, (_, n) => n));
    expect(turns).toBeGreaterThan(2);
  });
});

describe('counting', () => {
  test('an execution ends exactly once, after what is held outside has been released', async () => {
    const bench = createBench();
    let ended = 0;
    const execution = bench.scheduler.begin({ tenant: 'admin', deviceId: 'd' }, () => ended++);
    execution.hold();
    bench.scheduler.seal(execution);
    expect([ended, execution.isOver]).toEqual([0, false]);
    execution.release();
    execution.hold();
    execution.release();
    expect([ended, execution.isOver]).toEqual([1, true]);
  });

  test('counters tell messages in and out', async () => {
    const bench = createBench();
    const a = bench.add('a', [['b', 'b']], pass([], 'a'));
    const b = bench.add('b', [], pass([], 'b'));
    await bench.run(['a'], {});
    expect([a.counters, b.counters]).toEqual([
      { received: 1, sent: 2, errors: 0 },
      { received: 2, sent: 0, errors: 0 },
    ]);
  });

  test('what follows an execution has its source and ends with the last thing it is held for', async () => {
    const bench = createBench();
    const execution = await bench.run([], {});
    const late = bench.scheduler.follow(execution);
    late.hold();
    expect([late.source, late.isOver]).toEqual([execution.source, false]);
    late.release();
    expect(late.isOver).toBe(true);
  });
});

describe('nodes of Node-RED', () => {
  test('get their own copy through the bridge and come back into the same execution', async () => {
    const bench = createBench();
    const order: string[] = [];
    bench.add('a', [['function', 'b']], pass(order, 'a'));
    bench.add('b', [], pass(order, 'b'));
    const after = bench.add('after', [], (message) => void order.push(`after ${message.payload}`));
    bench.addForeign('function', (execution, message) => {
      order.push('function');
      execution.hold();
      setImmediate(() => {
        message.payload = 'from function';
        bench.known.set(message, { execution, path: undefined });
        bench.scheduler.receive(after, message, execution.source, () => execution.release());
      });
    });
    const execution = await bench.run(['a'], { payload: 1 });
    expect(order).toEqual(['a', 'function', 'b', 'after from function']);
    expect(execution.errors).toBe(0);
  });

  test('a message that is not JSON stays in its execution and arrives as JSON', () => {
    const bench = createBench();
    const seen: unknown[] = [];
    const kit = bench.add('a', [], (message, { execution }) => void seen.push(message, execution));
    const execution = bench.scheduler.begin({ tenant: 'admin', deviceId: 'd' }, () => undefined);
    const message = { when: new Date(0) };
    bench.known.set(message, { execution, path: undefined });
    bench.scheduler.receive(kit, message, { tenant: 'admin', deviceId: '' }, () => undefined);
    expect(seen).toEqual([{ when: '1970-01-01T00:00:00.000Z' }, execution]);
  });

  test('an error of the bridge is an error of the node that sent', async () => {
    const bench = createBench();
    bench.add('a', [['x']], pass([], 'a'));
    bench.addForeign('x', () => {
      throw new Error('no bridge');
    });
    expect((await bench.run(['a'], {})).errors).toBe(1);
    expect(bench.errors).toEqual(['a: no bridge']);
  });

  test('a message without execution runs in one of its own, and done tells how its hop ended', () => {
    const bench = createBench();
    const results: unknown[] = [];
    const ok = bench.add('ok', [], () => undefined);
    const bad = bench.add('bad', [], () => {
      throw new Error('bad');
    });
    for (const kit of [ok, bad]) {
      bench.scheduler.receive(kit, {}, { tenant: 'admin', deviceId: '' }, (error) => results.push(error));
    }
    expect(results).toEqual([undefined, new Error('bad')]);
    // Node-RED reports what done was called with.
    expect(bench.errors).toEqual([]);
  });

  test('complete nodes are told when there are any', async () => {
    const bench = createBench();
    bench.add('a', [['b']], pass([], 'a'));
    bench.add('b', [], pass([], 'b'));
    bench.watched.add('a');
    await bench.run(['a'], {});
    expect(bench.completed).toEqual(['a']);
  });
});

describe('deploys', () => {
  test('a node registered again takes the place of the old one', async () => {
    const bench = createBench();
    const order: string[] = [];
    bench.add('a', [['b']], pass(order, 'a'));
    bench.add('b', [], pass(order, 'old'));
    await bench.run(['a'], {});
    bench.add('b', [], pass(order, 'new'));
    await bench.run(['a'], {});
    expect(order).toEqual(['a', 'old', 'a', 'new']);
  });

  test('changed wires are followed at once', async () => {
    const bench = createBench();
    const order: string[] = [];
    const a = bench.add('a', [['b']], pass(order, 'a'));
    bench.add('b', [], pass(order, 'b'));
    bench.add('c', [], pass(order, 'c'));
    await bench.run(['a'], {});
    Object.assign(a.node, { wires: [['c']] });
    await bench.run(['a'], {});
    expect(order).toEqual(['a', 'b', 'a', 'c']);
  });

  test('after invalidate a disabled node gets nothing', async () => {
    const bench = createBench();
    const order: string[] = [];
    bench.add('a', [['b']], pass(order, 'a'));
    bench.add('b', [], pass(order, 'b'));
    await bench.run(['a'], {});
    bench.nodes.delete('b');
    bench.scheduler.invalidate();
    await bench.run(['a'], {});
    expect(order).toEqual(['a', 'b', 'a']);
  });
});
