/** What the registry keeps in the store. One change of the registry is one write of one document. */
import type { DeviceShape } from '../../contract/rest/device-shapes.ts';
import type { Collection, Store } from '../kit/store/store.ts';

export interface MetadataDocument {
  readonly id: number;
  readonly label: string;
  readonly type: string;
  readonly valueType: string;
  readonly staticValue?: string;
  /** Times are kept as the wire shows them. */
  readonly created: string;
  readonly updated?: string;
}

export interface AttributeDocument extends MetadataDocument {
  readonly metadata: readonly MetadataDocument[];
}

export interface TemplateDocument {
  /** `number` as text. */
  readonly id: string;
  readonly number: number;
  readonly label: string;
  readonly created: string;
  readonly updated?: string;
  /** Ascending by id. */
  readonly attributes: readonly AttributeDocument[];
  /** See `terms.ts`. */
  readonly terms: readonly string[];
  /** Its devices do not know of the last change yet: neither their terms nor their consumers (`propagation.ts`). */
  readonly propagating: boolean;
}

/** An event that is still owed to the bus. */
export interface PendingEvent {
  readonly event: 'create' | 'update' | 'remove';
  /** What it shows; absent: the device as it is when the event is sent. */
  readonly device?: DeviceShape;
}

export interface DeviceDocument {
  readonly id: string;
  /** False: removed, kept only until its `remove` event is on the bus; or not there yet (`batches.ts`). */
  readonly live: boolean;
  readonly label: string;
  readonly created: string;
  readonly updated?: string;
  readonly templates: readonly number[];
  /** Own values by id of attribute or metadata (they share one sequence). */
  readonly overrides: Readonly<Record<string, string>>;
  /** Those of its templates of whose attributes it has no own value; of the others `terms` tells (see `terms.ts`). */
  readonly unaltered: readonly number[];
  readonly terms: readonly string[];
  readonly pending: readonly PendingEvent[];
  /** While it is not live: the batch it comes to be with. */
  readonly batch?: string;
  /** Beside the list itself, because an index cannot ask whether a list is empty. */
  readonly hasPending: boolean;
}

/** Devices that are made by one request (`batches.ts`). */
export interface BatchDocument {
  readonly id: string;
  readonly devices: readonly string[];
  /** They are to be. */
  readonly decided: boolean;
}

export interface Collections {
  readonly batches: Collection<BatchDocument>;
  readonly templates: Collection<TemplateDocument>;
  readonly devices: Collection<DeviceDocument>;
}

export async function openCollections(store: Store): Promise<Collections> {
  const [batches, templates, devices] = await Promise.all([
    store.collection<BatchDocument>('device-batches'),
    store.collection<TemplateDocument>('templates', {
      indexes: [
        { fields: ['number'] },
        { fields: ['label'] },
        { fields: ['terms'], list: true },
        { fields: ['propagating'] },
      ],
    }),
    store.collection<DeviceDocument>('devices', {
      indexes: [
        { fields: ['live', 'id'] },
        { fields: ['live', 'label'] },
        { fields: ['templates'], list: true },
        { fields: ['unaltered'], list: true },
        { fields: ['terms'], list: true },
        { fields: ['hasPending'] },
      ],
    }),
  ]);
  return { batches, templates, devices };
}
