/** Counters and gauges in Prometheus form. Label sets are fixed at creation, so that counting on a hot path is one addition. */
import { Counter, Gauge, Registry } from 'prom-client';

export interface Metrics {
  /** A counter without labels, or one series of a labelled counter; the same name and labels give the same series. */
  counter(name: string, help: string, labels?: Readonly<Record<string, string>>): { add(count?: number): void };
  /** `read` is called at each scrape. */
  gauge(name: string, help: string, read: () => number): void;
  /** The exposition text. */
  text(): Promise<string>;
}

export function createMetrics(): Metrics {
  const registry = new Registry();
  const counters = new Map<string, Counter>();
  return {
    counter(name, help, labels = {}) {
      const counter =
        counters.get(name) ?? new Counter({ name, help, labelNames: Object.keys(labels), registers: [registry] });
      counters.set(name, counter);
      const series = Object.keys(labels).length > 0 ? counter.labels(labels) : counter;
      return { add: (count = 1) => series.inc(count) };
    },
    gauge(name, help, read) {
      new Gauge({
        name,
        help,
        registers: [registry],
        collect: function collect() {
          this.set(read());
        },
      });
    },
    text: () => registry.metrics(),
  };
}
