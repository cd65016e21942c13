import { defineNode } from '@dojot/node-kit';
import { z } from 'zod';

/** Sink of our side. */
export default defineNode({ type: 'bench kit sink', config: z.object({}), create: () => () => undefined });
