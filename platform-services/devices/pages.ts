/** Pagination of lists (contract devices-templates-ops §1.4). */
import type { PaginationShape } from '../../contract/rest/device-shapes.ts';
import { defaultPage } from '../../contract/rest/devices.ts';
import type { PlatformError } from '../kit/errors.ts';
import { errors } from './errors.ts';

export interface Page {
  /** From 1. */
  readonly number: number;
  readonly size: number;
}

/** Throws the errors of §1.4. There is no largest size. */
export function readPage(query: URLSearchParams): Page {
  const number = readInteger(query.get('page_num') ?? String(defaultPage.number), errors.PAGE_NOT_INTEGER);
  const size = readInteger(query.get('page_size') ?? String(defaultPage.size), errors.PAGE_NOT_INTEGER);
  if (number < 1) throw errors.PAGE_NUMBER();
  if (size < 1) throw errors.PAGE_SIZE();
  return { number, size };
}

/** Bounded so that products of two stay exact. */
export function readInteger(text: string, error: () => PlatformError): number {
  if (!/^\s*[+-]?\d+\s*$/.test(text)) throw error();
  return Math.max(-67_108_864, Math.min(67_108_864, Number(text)));
}

export function window({ number, size }: Page): { readonly skip: number; readonly limit: number } {
  return { skip: (number - 1) * size, limit: size };
}

export function pagination({ number, size }: Page, items: number): PaginationShape {
  const total = Math.ceil(items / size);
  const more = number < total;
  return { page: number, total, has_next: more, next_page: more ? number + 1 : null };
}
