import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { WorkQueue } from '../../ports/work-queue.ts';

/** What is counted for Prometheus. Labels are words of ours: no ids, names or addresses. */
export interface RegistryMetrics {
  readonly contentType: string;
  observeRequest(facts: {
    readonly method: string;
    readonly route: string;
    readonly status: number;
    readonly seconds: number;
  }): void;
  /** Bytes of an upload as they arrive. */
  addUploadedBytes(count: number): void;
  countUpload(outcome: 'stored' | 'refused'): void;
  observePrediction(facts: {
    readonly kind: 'inference' | 'v2' | 'batch';
    readonly outcome: 'done' | 'failed';
    readonly seconds: number;
  }): void;
  /** Shows the depth of this topic of the queue from now on. */
  watchTopic(topic: string): void;
  /** In Prometheus's text format. */
  text(): Promise<string>;
}

export function createMetrics(queue: Pick<WorkQueue, 'depth'>): RegistryMetrics {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  const requests = new Histogram({
    name: 'spira_http_request_seconds',
    help: 'Duration of HTTP requests by route and status',
    labelNames: ['method', 'route', 'status'],
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 120],
    registers,
  });
  const uploadedBytes = new Counter({
    name: 'spira_uploaded_bytes_total',
    help: 'Bytes of recordings received',
    registers,
  });
  const uploads = new Counter({
    name: 'spira_uploads_total',
    help: 'Recordings that came whole, by what became of them',
    labelNames: ['outcome'],
    registers,
  });
  const predictions = new Histogram({
    name: 'spira_prediction_seconds',
    help: 'Duration of predictions by way of asking and outcome',
    labelNames: ['kind', 'outcome'],
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5, 30],
    registers,
  });
  const topics = new Set<string>();
  const depth = new Gauge({
    name: 'spira_queue_depth',
    help: 'Messages that wait or are in work, by topic',
    labelNames: ['topic'],
    registers,
    async collect() {
      for (const topic of topics) {
        try {
          depth.set({ topic }, await queue.depth(topic));
        } catch {
          // A queue that does not answer must not hide the other figures; /readyz names it.
          depth.remove({ topic });
        }
      }
    },
  });
  return {
    contentType: registry.contentType,
    observeRequest: ({ method, route, status, seconds }) =>
      requests.observe({ method, route, status: String(status) }, seconds),
    addUploadedBytes: (count) => uploadedBytes.inc(count),
    countUpload: (outcome) => uploads.inc({ outcome }),
    observePrediction: ({ kind, outcome, seconds }) => predictions.observe({ kind, outcome }, seconds),
    watchTopic: (topic) => void topics.add(topic),
    text: () => registry.metrics(),
  };
}
